import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atlasSettings } from "./options.ts";
import { extraRelations, namesOf, relations } from "./words.ts";
import { makeWorld } from "./world.ts";

const split = fc.constantFrom("train" as const, "test" as const);
const settings = fc
  .record({
    persons: fc.integer({ min: 20, max: 300 }),
    ambiguity: fc.double({ min: 0, max: 0.8, noNaN: true }),
    namesakes: fc.integer({ min: 2, max: 4 }),
    extraFacts: fc.integer({ min: 0, max: 4 }),
    worldSeed: fc.nat(),
  })
  .map(atlasSettings);

describe("a world", () => {
  it("keeps its invariants, whatever the options", () => {
    fc.assert(
      fc.property(settings, split, fc.nat(99), (options, side, number) => {
        const world = makeWorld(options, side, number);
        const allowed = new Set(namesOf(side));
        for (const [index, entity] of world.entities.entries()) {
          expect(allowed.has(entity.name)).toBe(true);
          const namesakes = world.byName.get(entity.name) ?? [];
          expect(namesakes).toContain(index);
          expect(namesakes.length).toBe(entity.profession === null ? 1 : options.namesakes);
          const told = namesakes.map((other) => world.entities[other]?.profession);
          expect(new Set(told).size).toBe(namesakes.length);
          const usual = relations[entity.kind].map((relation) => relation.name);
          const extra = extraRelations.slice(0, options.extraFacts).map((relation) => relation.name);
          expect(entity.facts.map((fact) => fact.relation).sort()).toEqual([...usual, ...extra].sort());
          for (const { target, value, relation } of entity.facts) {
            const to = [...relations[entity.kind], ...extraRelations].find((one) => one.name === relation)?.to;
            if (target === null) expect(to).toContain(value);
            else expect(world.entities[target]).toMatchObject({ name: value, profession: null, kind: to });
            expect(target).not.toBe(index);
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  it("has the standard sizes: 560 entities, 44 of 300 persons ambiguous", () => {
    const world = makeWorld(atlasSettings(), "test", 0);
    const count = (kind: string) => world.entities.filter((entity) => entity.kind === kind).length;
    expect(["person", "city", "country", "company"].map(count)).toEqual([300, 120, 40, 100]);
    expect(world.entities.filter((entity) => entity.profession !== null).length).toBe(44);
    expect(world.byName.size).toBe(560 - 22);
  });

  it("is the same for the same place and another for any other", () => {
    const options = atlasSettings();
    const page = (...place: Parameters<typeof makeWorld>) => JSON.stringify(makeWorld(...place).entities);
    const pages = [
      page(options, "train", 0),
      page(options, "train", 1),
      page(options, "test", 0),
      page(atlasSettings({ worldSeed: 2 }), "train", 0),
    ];
    expect(page(options, "train", 0)).toBe(pages[0]);
    expect(new Set(pages).size).toBe(4);
  });

  it("orders the facts of a page at random: each relation is on the first part about half the time", () => {
    const world = makeWorld(atlasSettings(), "test", 0);
    for (const { name } of relations.person) {
      const persons = world.entities.filter((entity) => entity.kind === "person");
      const first = persons.filter((one) => one.facts.slice(0, 2).some((fact) => fact.relation === name)).length;
      // 300 draws at ½: standard deviation 8.7; 5 of them.
      expect(Math.abs(first - 150)).toBeLessThan(44);
    }
  });
});
