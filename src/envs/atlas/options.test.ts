import { describe, expect, it } from "vitest";
import { AepoError } from "../../std/errors.ts";
import { type AtlasOptions, ambiguousPersons, atlasSettings } from "./options.ts";

const fields =
  "expected: fields persons, cities, countries, companies, hops, ambiguity, namesakes, timeoutRate, extraFacts, factsPerPart, calls, tokens, worldSeed, questionsPerWorld, testWorlds, multiToolBonus, demonstrations";

describe("options of atlas", () => {
  it("have the standard world as defaults", () => {
    expect(atlasSettings()).toMatchObject({
      persons: 300,
      cities: 120,
      countries: 40,
      companies: 100,
      hops: [1, 2, 2],
    });
    expect(atlasSettings({ demonstrations: { open: 0.5 } }).demonstrations).toEqual({
      qualify: 0.15,
      notice: 0.05,
      open: 0.5,
      retry: 0.15,
      read: 1,
    });
  });

  it("count ambiguous persons in whole groups", () => {
    expect(ambiguousPersons({ persons: 300, ambiguity: 0.15, namesakes: 2 })).toBe(44);
    expect(ambiguousPersons({ persons: 300, ambiguity: 0.5, namesakes: 4 })).toBe(148);
  });

  it.each<[string, AtlasOptions, string]>([
    [
      "a share above 1",
      { ambiguity: 2 },
      `bad options of atlas: atlas.ambiguity: Too big: expected number to be <=1\n  ${fields}`,
    ],
    [
      "an unknown option",
      { hop: [1] } as AtlasOptions,
      `bad options of atlas: atlas: Unrecognized key: "hop"\n  ${fields}`,
    ],
    [
      "an unknown habit",
      { demonstrations: { peek: 1 } } as AtlasOptions,
      `bad options of atlas: atlas.demonstrations: Unrecognized key: "peek"\n  ${fields}`,
    ],
    [
      "hops that all weigh nothing",
      { hops: [0, 0] },
      `bad options of atlas: atlas.hops: at least one weight must be above 0\n  ${fields}`,
    ],
    [
      "two faults at once",
      { calls: 0, factsPerPart: 0.5 },
      `bad options of atlas: atlas.factsPerPart: Invalid input: expected int, received number; atlas.calls: Too small: expected number to be >=1\n  ${fields}`,
    ],
    [
      "only ambiguous persons",
      { ambiguity: 1 },
      "atlas: all but 0 of 300 persons share a name\n  expected: at least 2 whose name is their own: facts never point to an ambiguous name\n  to fix: lower atlas.ambiguity or raise atlas.persons",
    ],
    [
      "more names than a held-out world has",
      { persons: 1000, cities: 300, ambiguity: 0 },
      "atlas: a world of 1440 names is too large\n  expected: at most 1280 names, which is what held-out worlds have\n  to fix: lower atlas.persons, cities, countries or companies",
    ],
  ])("with %s are refused", (_name, options, message) => {
    expect(() => atlasSettings(options)).toThrow(AepoError);
    expect(() => atlasSettings(options)).toThrow(expect.objectContaining({ message, kind: "config" }));
  });
});
