import { expect, it } from "vitest";
import { compact, count, duration, fixed, percent, signed } from "./figure-format.ts";

it("shows what was not measured as a dash in every format", () => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect([fixed(value), signed(value), percent(value), count(value), compact(value), duration(value)]).toEqual([
      "–",
      "–",
      "–",
      "–",
      "–",
      "–",
    ]);
  }
});

it("rounds, signs and never writes a negative zero", () => {
  expect([fixed(-0.001), fixed(-1.255, 1), signed(0.5), signed(-0.5), signed(0.001)]).toEqual([
    "0.00",
    "−1.3",
    "+0.50",
    "−0.50",
    "0.00",
  ]);
});

it("keeps small shares apart from none", () => {
  expect([0, 0.0021, 0.031, 0.128, 1].map(percent)).toEqual(["0 %", "0.21 %", "3.1 %", "13 %", "100 %"]);
});

it("shortens figures to three digits", () => {
  expect([0, 0.0123, 0.5, 1.5, 12.34, 123.4, 9000, 12_340, 4_560_000, -0.25].map(compact)).toEqual([
    "0",
    "0.0123",
    "0.5",
    "1.5",
    "12.3",
    "123",
    "9000",
    "12.3k",
    "4.56M",
    "−0.25",
  ]);
  expect([0.00002, -2e-9].map(compact)).toEqual(["2.0e−5", "−2.0e−9"]);
});

it("says durations in the two largest units", () => {
  expect([4.25, 42, 200, 3_660].map(duration)).toEqual(["4.3 s", "42 s", "3 min 20 s", "1 h 01 min"]);
});
