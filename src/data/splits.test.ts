import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openQuestions } from "./open-questions.ts";
import { failure, opened, prompts, range, rowsOf } from "./testing/open-data.ts";

describe("what is tested on", () => {
  it("a share by hash: the same for every seed, stable when rows are added, apart from training", async () => {
    const split = { share: 0.25 };
    const small = await opened({ train: [{ rows: rowsOf(200) }], split });
    const large = await opened({ train: [{ rows: [...rowsOf(100, "new"), ...rowsOf(200).reverse()] }], split }, 7);
    const [tested, trained] = [new Set(prompts(small.test)), new Set(prompts(small.train))];
    expect(tested.size + trained.size).toBe(200);
    expect(tested.size).toBeGreaterThan(25);
    expect(
      prompts(large.test)
        .filter((prompt) => prompt.startsWith("q "))
        .sort(),
    ).toEqual([...tested].sort());
    expect(prompts(large.train).some((prompt) => tested.has(prompt))).toBe(false);
  });

  it("a share by seed: another for another seed, the same for the same", async () => {
    const split = { share: 0.5, by: "seed" as const };
    const test = async (seed: number): Promise<string[]> =>
      prompts((await opened({ train: [{ rows: rowsOf(100) }], split }, seed)).test);
    expect(await test(1)).toEqual(await test(1));
    expect(await test(1)).not.toEqual(await test(2));
  });

  it("repeats of a question are on one side, however they are written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { minLength: 8, maxLength: 60 }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        async (ids, share) => {
          const rows = ids.map((id, i) => ({
            question: i % 2 === 0 ? `Question ${id}` : ` question  ${id}`,
            answer: "x",
          }));
          const input = { train: [{ rows: rows.slice(0, 4) }, { rows: rows.slice(4) }], split: { share } };
          const data = await openQuestions(input, { seed: 1 }).catch(() => null);
          fc.pre(data !== null);
          const key = (prompt: string): string => prompt.replaceAll(/\D/g, "");
          const tested = new Set(prompts(data.test).map(key));
          expect(
            prompts(data.train)
              .map(key)
              .filter((one) => tested.has(one)),
          ).toEqual([]);
          expect(data.train.size + data.test.size).toBe(rows.length);
          expect(new Set([...data.train.questions, ...data.test.questions].map(({ id }) => id)).size).toBe(rows.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a set of its own: training questions that it has too are left out, and told", async () => {
    const { train, test, warnings } = await opened({
      train: [{ rows: rowsOf(10) }],
      test: [{ rows: [{ question: "Q  3?", answer: "3" }] }],
    });
    expect([train.size, test.size]).toEqual([9, 1]);
    expect(prompts(train)).not.toContain("q 3?");
    expect(warnings).toEqual(["rows: left out 1 training questions that the test set has too"]);
  });

  it("in the same order for every seed, sources side by side", async () => {
    const input = { train: [{ rows: rowsOf(5) }], test: [{ rows: rowsOf(4, "a") }, { rows: rowsOf(2, "b") }] };
    const order = async (seed: number): Promise<string[]> => {
      const { test } = await opened(input, seed);
      return range(6).map((i) => test.at(i).prompt);
    };
    expect(await order(1)).toEqual(await order(2));
    // Of every three questions two are of the larger source.
    expect((await order(1)).map((prompt) => prompt[0]).join("")).toBe("baabaa");
    expect((await order(1)).filter((prompt) => prompt.startsWith("a"))).toEqual(["a 0?", "a 1?", "a 2?", "a 3?"]);
  });

  it("nothing left on one side, or none asked for", async () => {
    expect(await failure({ train: [{ rows: rowsOf(1) }], split: { share: 0.5 } })).toMatch(
      /^split\.share 0\.5 leaves nothing to t(rain|est) on\n {2}found: [01] questions to train on, [01] to test on\n {2}to fix: choose another share, or name a test set$/,
    );
    expect(await failure({ train: [{ rows: rowsOf(2) }], test: [{ rows: rowsOf(3) }] })).toBe(
      "the test set has all training questions\n  to fix: train on others, or use split",
    );
    const { test } = await opened({ train: [{ rows: rowsOf(2) }] });
    expect(() => test.at(0)).toThrow(
      "there are no test questions\n  to fix: name a test set, or hold out a share of train: split: {share: 0.1}",
    );
  });
});
