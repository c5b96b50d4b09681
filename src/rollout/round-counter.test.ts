import { expect, it } from "vitest";
import { RoundCounter } from "./round-counter.ts";

it("B-AEPO: counts rounds in a row that made a path, whichever path branched", () => {
  const counter = new RoundCounter();
  const seen: number[] = [];
  for (const [round, branches] of [true, true, false, true].entries()) {
    seen.push(counter.at(round));
    if (branches) counter.branched(1);
    // Another path of the same round: the same l.
    expect(counter.at(round)).toBe(seen.at(-1));
  }
  expect([...seen, counter.at(4), counter.at(6)]).toEqual([0, 1, 2, 0, 1, 0]);
});

it("B-AEPO: a fill-up is a round that made a path", () => {
  const counter = new RoundCounter();
  counter.at(0);
  counter.branched(1);
  // Round 0 branched, round 1 is the fill-up's, so that its own first round is 2 and l is 2 there.
  expect(counter.fillUp()).toBe(2);
  expect(counter.at(2)).toBe(2);
  expect(counter.fillUp()).toBe(4);
  // Round 2 made nothing.
  expect(counter.at(4)).toBe(1);
});
