/**
 * The world generator: one seed, split and number give one world, always the same. Invariants: names come from the
 * split's part of the grid only; only persons share names; facts never point to an ambiguous name, nor to their own page.
 */
import { type RandomStream, randomStream } from "../../std/random.ts";
import type { Split } from "../task.ts";
import { type AtlasSettings, ambiguousPersons } from "./options.ts";
import { extraRelations, type Kind, namesOf, professions, type Relation, relations } from "./words.ts";

export interface Fact {
  readonly relation: string;
  /** A name or a literal. */
  readonly value: string;
  /** Index of the entity it points to; null for a literal. */
  readonly target: number | null;
}

export interface Entity {
  readonly kind: Kind;
  /** Two words. */
  readonly name: string;
  /** Only where the name is ambiguous. */
  readonly profession: string | null;
  /** In the order of the page. */
  readonly facts: readonly Fact[];
}

export interface World {
  readonly entities: readonly Entity[];
  /** Entities of a name, in the order in which a search without profession finds them. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
}

type Stub = Omit<Entity, "facts">;

/** The world `number` of a split. */
export function makeWorld(settings: AtlasSettings, split: Split, number: number): World {
  const random = randomStream(settings.worldSeed, "world", split, number);
  const stubs = drawStubs(settings, random.shuffle(namesOf(split)), random);
  const targets = targetsByKind(stubs);
  const extra = extraRelations.slice(0, settings.extraFacts);
  const entities = stubs.map((stub, self) => {
    const facts = [...relations[stub.kind], ...extra].map((relation) =>
      drawFact(relation, self, stubs, targets, random),
    );
    return { ...stub, facts: random.shuffle(facts) };
  });
  return { entities, byName: indexNames(stubs) };
}

function drawStubs(settings: AtlasSettings, names: readonly string[], random: RandomStream): Stub[] {
  let used = 0;
  const nextName = (): string => names[used++] as string;
  const single = (kind: Kind, size: number): Stub[] =>
    Array.from({ length: size }, () => ({ kind, name: nextName(), profession: null }));
  const ambiguous = ambiguousPersons(settings);
  const groups = Array.from({ length: ambiguous / settings.namesakes }, () => {
    const name = nextName();
    const told = random.shuffle(professions).slice(0, settings.namesakes);
    return told.map((profession): Stub => ({ kind: "person", name, profession }));
  });
  return [
    ...groups.flat(),
    ...single("person", settings.persons - ambiguous),
    ...single("city", settings.cities),
    ...single("country", settings.countries),
    ...single("company", settings.companies),
  ];
}

function targetsByKind(stubs: readonly Stub[]): Readonly<Record<Kind, readonly number[]>> {
  const targets: Record<Kind, number[]> = { person: [], city: [], country: [], company: [] };
  for (const [index, stub] of stubs.entries()) if (stub.profession === null) targets[stub.kind].push(index);
  return targets;
}

function drawFact(
  { name: relation, to }: Relation,
  self: number,
  stubs: readonly Stub[],
  targets: Readonly<Record<Kind, readonly number[]>>,
  random: RandomStream,
): Fact {
  if (typeof to !== "string") return { relation, value: random.pick(to), target: null };
  let target = random.pick(targets[to]);
  while (target === self) target = random.pick(targets[to]);
  return { relation, value: (stubs[target] as Stub).name, target };
}

function indexNames(stubs: readonly Stub[]): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [index, { name }] of stubs.entries()) byName.set(name, [...(byName.get(name) ?? []), index]);
  return byName;
}
