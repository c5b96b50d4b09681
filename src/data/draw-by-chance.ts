/**
 * Questions of an endless order, some of which are passed over by chance, as a curriculum wants it: a pure function of the order, where
 * it begins, the chances and the seed. What has to be kept between two steps is the index that the next one begins at.
 */
import { randomStream } from "../std/random.ts";

export interface ChanceInputs<Question> {
  /** The order's index-th question. */
  at(index: number): Question;
  /** How many different questions the order has. */
  readonly size: number;
  /** The first index that may be asked. */
  readonly from: number;
  readonly seed: number;
  /** 0 … 1: whether it is asked when its turn comes. */
  chance(question: Question): number;
}

export interface Draw<Question> {
  /** The index-th question that is asked, from 0. */
  question(index: number): Question;
  /** Where the order goes on after `count` questions. */
  next(count: number): number;
  /** Of the questions drawn so far, how many were passed over before them. */
  passedOver(): number;
}

/** After as many in a row as there are questions the next is asked whatever its chance: a run does not end because all is solved. */
export function drawByChance<Question>(inputs: ChanceInputs<Question>): Draw<Question> {
  const { at, size, from, seed, chance } = inputs;
  const asked: { readonly question: Question; readonly index: number }[] = [];
  const drawn = (index: number): { readonly question: Question; readonly index: number } => {
    while (asked.length <= index) {
      let place = (asked.at(-1)?.index ?? from - 1) + 1;
      for (const last = place + size; place < last; place++) {
        if (randomStream(seed, "asked", place).uniform() < chance(at(place))) break;
      }
      asked.push({ question: at(place), index: place });
    }
    return asked[index] as { readonly question: Question; readonly index: number };
  };
  const next = (count: number): number => (count === 0 ? from : drawn(count - 1).index + 1);
  return {
    question: (index) => drawn(index).question,
    next,
    passedOver: () => next(asked.length) - from - asked.length,
  };
}
