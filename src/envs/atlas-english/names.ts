/**
 * Made-up names that no model has met. Every name is built on words of one syllable or two; a word belongs to one split by
 * its own hash, so training and held-out questions share none.
 */
import { derivedSeed, type RandomStream } from "../../std/random.ts";
import type { Split } from "../task.ts";
import type { Kind } from "./relations.ts";

const ONSETS = "B Br C Cl D Dr F Fl G Gr H J K Kr L M N P Pl Qu R S Sk St T Th Tr V W Z".split(" ");
const VOWELS = "a e i o u ia".split(" ");
const MIDDLES = "b d f g k l lm m n nd r rk s st t v z".split(" ");
const ENDS = "b d ff g k l lk lt m n nx nt p r rd rk s sk st t th v x".split(" ");
const CITY_ENDS = ["", "", "burg", "ton", "stad", "haven"];
const COUNTRY_ENDS = ["ia", "land", "ovia"];
const COMPANY_ENDS = "Press Foundry Works Mills Traders Glass Line Instruments".split(" ");

/** One word in this many belongs to held-out questions. */
const HELD_OUT = 4;

export function splitOfWord(word: string): Split {
  return derivedSeed(0, "atlas-english", word) % HELD_OUT === 0 ? "test" : "train";
}

/** A name of the kind that is not in `taken`; adds it. */
export function drawName(kind: Kind, split: Split, taken: Set<string>, random: RandomStream): string {
  for (;;) {
    const name = nameOf(kind, () => drawWord(split, random), random);
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

function nameOf(kind: Kind, word: () => string, random: RandomStream): string {
  switch (kind) {
    case "person":
      return `${word()} ${word()}`;
    case "city":
      return `${word()}${random.pick(CITY_ENDS)}`;
    case "country":
      return `${word()}${random.pick(COUNTRY_ENDS)}`;
    case "company":
      return `${word()} ${random.pick(COMPANY_ENDS)}`;
  }
}

function drawWord(split: Split, random: RandomStream): string {
  for (;;) {
    const middle = random.uniform() < 0.15 ? `${random.pick(MIDDLES)}${random.pick(VOWELS)}` : "";
    const word = `${random.pick(ONSETS)}${random.pick(VOWELS)}${middle}${random.pick(ENDS)}`;
    if (splitOfWord(word) === split) return word;
  }
}
