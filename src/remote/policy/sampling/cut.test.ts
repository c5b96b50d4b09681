import { expect, it } from "vitest";
import fc from "fast-check";
import { conformanceTokenBytes } from "../../../policy/conformance-sampling.ts";
import { openRow, ended, stopOf } from "../../../policy/sampler-row.ts";
import { Cut } from "./cut.ts";
import { serverSeed } from "./server-seed.ts";
import { stopParameters } from "./stop-parameters.ts";
import { tokensToAsk } from "./token-budget.ts";

const token = fc.integer({ min: 0, max: 3 });
const stops = {
  stop: fc.array(fc.array(token, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  stopTexts: fc.array(
    fc.array(fc.constantFrom("<", "a", "b", ">", "d"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
    { maxLength: 3 },
  ),
};

it("a continuation is cut where the embedded engine stops, whatever was sent beyond it and in whatever pieces", () => {
  fc.assert(
    fc.property(
      fc.record({
        ...stops,
        ids: fc.array(token, { minLength: 20, maxLength: 20 }),
        maxTokens: fc.nat(15),
        at: fc.nat(20),
      }),
      ({ ids, at, ...rest }) => {
        const request = { id: "a", ids: [0], temperature: 1, seed: 1, ...rest, maxTokens: rest.maxTokens + 1 };
        const row = openRow(request, 0, 1, conformanceTokenBytes);
        for (const id of ids) {
          row.ids.push(id);
          row.logprobs.push(0);
          row.stopped = stopOf(row);
          if (ended(row)) break;
        }
        const cut = new Cut(request, conformanceTokenBytes);
        const taken = cut.take(ids.slice(0, at)) + cut.take(ids.slice(at));
        expect([cut.ids, cut.stopped, cut.ended]).toEqual([row.ids.slice(1), row.stopped, true]);
        expect(taken).toBe(cut.ids.length);
      },
    ),
  );
});

it("a server is told tokens or texts, never both", () => {
  const cases = [
    [{ stop: [] }, []],
    [{ stop: [[4], [5], [4]] }, [4, 5]],
    // Token 5 is written "<f>".
    [{ stop: [[5], [0, 1]], stopTexts: [] }, ["<f>", "<a><b>"]],
    [{ stop: [[5]], stopTexts: ["x", "<f>"] }, ["x", "<f>"]],
  ] as const;
  for (const [request, expected] of cases) expect(stopParameters(request, conformanceTokenBytes)).toEqual(expected);
  expect(stopParameters({ stop: [[5], [0, 1]] }, undefined)).toEqual([5]);
  // Bytes that are no text are found here alone.
  expect(stopParameters({ stop: [[1]], stopTexts: ["x"] }, () => Uint8Array.of(0xff))).toEqual(["x"]);
});

it("powers of two of new tokens are asked for, and never more than there is room for", () => {
  expect([1, 16, 17, 64, 65].map((wanted) => tokensToAsk(wanted, 1000, "powersOfTwo"))).toEqual([16, 16, 32, 64, 128]);
  // 65 do not fit as 128: 64, and then once more.
  expect([
    tokensToAsk(65, 100, "powersOfTwo"),
    tokensToAsk(3, 10, "powersOfTwo"),
    tokensToAsk(1, 1, "powersOfTwo"),
    tokensToAsk(17, 99, "exact"),
  ]).toEqual([64, 8, 1, 17]);
});

it("seeds fit a server's 31 bits, are the same for the same request, and neighbours are not near", () => {
  const seeds = Array.from({ length: 1000 }, (_, seed) => serverSeed(seed, 0));
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31 - 1000)).toBe(true);
  expect(serverSeed(2 ** 47, 0)).toBe(serverSeed(2 ** 47, 0));
  expect(serverSeed(7, 1)).not.toBe(serverSeed(7, 0));
  const sorted = seeds.toSorted((a, b) => a - b);
  // A thousand seeds in 2^31: the nearest two would be some two thousand apart on average; draws of one request count on by 1.
  expect(Math.min(...sorted.slice(1).map((seed, i) => seed - (sorted[i] ?? 0)))).toBeGreaterThan(1);
});
