/**
 * Every word of atlas: relations, literals, professions and the grid of names. The vocabulary does not depend on any
 * option, so one cold-start checkpoint serves every variant of the world. Order is part of checkpoints: append only.
 */
import { tagWords } from "../dialects/tags.ts";
import type { Split } from "../task.ts";

export const kinds = ["person", "city", "country", "company"] as const;
export type Kind = (typeof kinds)[number];

/** What a fact says and what it points to. */
export interface Relation {
  readonly name: string;
  /** A kind of entity, or the words that it may have as its value. */
  readonly to: Kind | readonly string[];
}

const instruments = "harp lute oboe viola cello flute banjo gong sitar tuba zither drum".split(" ");
const rivers = "Avon Clyde Dee Exe Forth Isar Loire Mersey Neva Oder Rhine Tagus".split(" ");
const currencies = "crown ducat florin guilder lira mark peso rand real rupee shekel thaler".split(" ");
const products = "bricks cheese clocks glass ink lamps paper pianos ropes ships silk soap".split(" ");
const emblems = "bear boar crane eagle fox hare lion otter owl raven stag wolf".split(" ");

/** The four relations of each kind. */
export const relations: Readonly<Record<Kind, readonly Relation[]>> = {
  person: [
    { name: "birthplace", to: "city" },
    { name: "employer", to: "company" },
    { name: "mentor", to: "person" },
    { name: "instrument", to: instruments },
  ],
  city: [
    { name: "country", to: "country" },
    { name: "mayor", to: "person" },
    { name: "river", to: rivers },
    { name: "builder", to: "company" },
  ],
  country: [
    { name: "capital", to: "city" },
    { name: "president", to: "person" },
    { name: "currency", to: currencies },
    { name: "neighbour", to: "country" },
  ],
  company: [
    { name: "hq", to: "city" },
    { name: "ceo", to: "person" },
    { name: "product", to: products },
    { name: "rival", to: "company" },
  ],
};

/** Relations that lengthen the pages of every kind (`extraFacts`). */
export const extraRelations: readonly Relation[] = ["crest", "flag", "seal", "badge"].map((name) => ({
  name,
  to: emblems,
}));

/** Tell persons of one name apart. */
export const professions: readonly string[] =
  "baker carpenter doctor farmer lawyer painter pilot poet sailor smith tailor weaver".split(" ");

/** 80 first and 80 second words of names: "Bar Corbo". */
export const firstNames: readonly string[] = product("B D F G H K L M N P R S T V W Z", "ar el in os un");
export const secondNames: readonly string[] = product(
  "Ab Cor Dal Eth Fen Gor Hal Il Jor Kel",
  "bo da ge ka li mo ra ty",
);

function product(heads: string, tails: string): string[] {
  return heads.split(" ").flatMap((head) => tails.split(" ").map((tail) => head + tail));
}

/**
 * The names a split may use. Every fifth diagonal of the grid belongs to test, so no name is in both splits while every
 * word of a name is learnt in training: 5,120 names for train, 1,280 for test.
 */
export function namesOf(split: Split): string[] {
  return firstNames.flatMap((first, i) =>
    secondNames.filter((_, j) => ((i + j) % 5 === 0) === (split === "test")).map((second) => `${first} ${second}`),
  );
}

/** What a tool says instead of a page. */
export const nothingFound = "nothing found";
export const timedOut = "timeout";

/** All words, `<pad>` at id 0. */
export const atlasVocabulary: readonly string[] = [
  "<pad>",
  "<q>",
  "</q>",
  ...tagWords([{ name: "search" }, { name: "open" }]),
  ..."the 's ? find missing is ; done wrong more end : nothing found timeout".split(" "),
  ...kinds.flatMap((kind) => relations[kind].map((relation) => relation.name)),
  ...extraRelations.map((relation) => relation.name),
  ...professions,
  ...instruments,
  ...rivers,
  ...currencies,
  ...products,
  ...emblems,
  ...firstNames,
  ...secondNames,
];
