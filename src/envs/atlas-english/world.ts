/** A small world of its own for every question: entities with pages of three to five sentences that link to one another. */
import { type RandomStream, randomStream } from "../../std/random.ts";
import type { Split } from "../task.ts";
import { drawName } from "./names.ts";
import type { AtlasEnglishSettings } from "./options.ts";
import { type Kind, type Relation, relations, sentence } from "./relations.ts";

export interface Fact {
  readonly relation: Relation;
  /** A name that has a page, or a word. */
  readonly value: string;
  readonly isName: boolean;
}

export interface Page {
  readonly name: string;
  readonly kind: Kind;
  /** In the order of the page. */
  readonly facts: readonly Fact[];
  readonly text: string;
}

/** Pages by name. */
export type EnglishWorld = ReadonlyMap<string, Page>;

export function makeEnglishWorld(settings: AtlasEnglishSettings, split: Split, index: number): EnglishWorld {
  const random = randomStream(settings.worldSeed, "english-world", split, index);
  const taken = new Set<string>();
  const draw = (kind: Kind, count: number): string[] =>
    Array.from({ length: count }, () => drawName(kind, split, taken, random));
  const names: Readonly<Record<Kind, readonly string[]>> = {
    person: draw("person", settings.persons),
    city: draw("city", settings.places),
    company: draw("company", settings.places),
    country: draw("country", Math.ceil(settings.places / 2)),
  };
  const kinds = Object.keys(names) as Kind[];
  const pages = kinds.flatMap((kind) => names[kind].map((name) => makePage(kind, name, names, settings, random)));
  return new Map(pages.map((page) => [page.name, page]));
}

function makePage(
  kind: Kind,
  name: string,
  names: Readonly<Record<Kind, readonly string[]>>,
  { paraphrases }: AtlasEnglishSettings,
  random: RandomStream,
): Page {
  const facts = relations
    .filter(({ of }) => of === kind)
    .map((relation): Fact => {
      const { to } = relation;
      if (typeof to !== "string") return { relation, value: random.pick(to), isName: false };
      return { relation, value: random.pick(names[to].filter((other) => other !== name)), isName: true };
    });
  const order = random.shuffle(facts);
  const said = order.map(({ relation, value }) => sentence(wording(relation, paraphrases, random), name, value));
  return { name, kind, facts: order, text: said.join(" ") };
}

/** The words of a thought, or, at the given rate, one of the relation's other sentences where it has any. */
function wording({ sentences: [plain = "", ...others] }: Relation, paraphrases: number, random: RandomStream): string {
  return others.length > 0 && random.uniform() < paraphrases ? random.pick(others) : plain;
}
