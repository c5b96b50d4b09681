import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { calculatorTask, calculatorVocabulary, carefulCalculator } from "./calculator.ts";
import { checkTask } from "./conformance.ts";

const quiet = calculatorTask({ busyRate: 0 });
const calc = (input: string, task = quiet, call = 0, question = "test/0") =>
  task.tools[0]?.execute(input, { state: { question }, call, signal: new AbortController().signal });

describe("calculator", () => {
  it("conforms, careless and careful", async () => {
    const careless = await checkTask(calculatorTask(), { questions: 300 });
    expect(careless).toMatchObject({ faults: [], demonstrations: 600 });
    expect(careless.correctShare).toBeGreaterThan(0.1);
    expect(careless.correctShare).toBeLessThan(0.3);
    const careful = await checkTask(calculatorTask({ demonstrations: carefulCalculator }), {
      questions: 300,
      careful: true,
    });
    expect(careful).toMatchObject({ faults: [], correctShare: 1 });
    const tight = calculatorTask({ operations: [8], busyRate: 0.3, calls: 10, tokens: 180 });
    expect((await checkTask(tight, { questions: 100 })).faults).toEqual([]);
  });

  it("has 124 words, <pad> first", () => {
    // 1 pad, 10 tags, 3 operators, 10 words, 100 numbers.
    expect(new Set(calculatorVocabulary).size).toBe(124);
    expect(calculatorVocabulary.length).toBe(124);
  });

  it("calculates modulo 100: literals by hand", () => {
    expect(calc("n20 * n45")).toBe("n0");
    expect(calc("n7 - n9")).toBe("n98");
    expect(calc(" n99  + n2 ")).toBe("n1");
  });

  it("answers error to anything else, and never throws", () => {
    for (const input of ["", "n1", "n1 +", "n1 / n2", "n1 + n100", "n1 + n2 + n3", "1 + 2"])
      expect(calc(input)).toBe("error");
    fc.assert(
      fc.property(fc.string(), (input) => {
        expect(calc(input)).toBe("error");
      }),
    );
  });

  it("asks left to right, with 2 to 5 operations", () => {
    const sizes = new Set<number>();
    for (let index = 0; index < 200; index++) {
      const { prompt, answers } = quiet.question("train", index);
      const words = prompt.split(" ").slice(1, -3);
      let value = BigInt((words[0] ?? "").slice(1));
      for (let at = 1; at < words.length; at += 2) {
        const by = BigInt((words[at + 1] ?? "").slice(1));
        value = words[at] === "+" ? value + by : words[at] === "-" ? value - by : value * by;
      }
      // The whole chain in exact arithmetic, reduced once at the end.
      expect(answers).toEqual([`n${((value % 100n) + 100n) % 100n}`]);
      sizes.add((words.length - 1) / 2);
    }
    expect([...sizes].sort()).toEqual([2, 3, 4, 5]);
  });

  it("is busy at the rate asked for, by question, call and input alone", () => {
    const task = calculatorTask();
    const draws = Array.from({ length: 5000 }, (_, i) => calc("n1 + n1", task, i % 9, `test/${i}`) === "busy");
    // 5,000 draws at 0.12: standard deviation 0.0046; 5 of them.
    expect(Math.abs(draws.filter(Boolean).length / 5000 - 0.12)).toBeLessThan(0.023);
    expect(draws).toEqual(
      Array.from({ length: 5000 }, (_, i) => calc("n1  + n1", task, i % 9, `test/${i}`) === "busy"),
    );
  });

  it("probes whether the number of a result is copied", () => {
    const task = calculatorTask({ demonstrations: carefulCalculator });
    const question = task.question("test", 1);
    const probes = task.probes?.(question, randomStream(0)) ?? [];
    expect(probes.length).toBe(question.data.steps.length);
    expect(probes.at(-1)?.expected).toBe(question.answers[0]);
    for (const { prefix, expected } of probes) {
      expect(prefix.startsWith(question.prompt)).toBe(true);
      expect(prefix.endsWith(`<result> ${expected} </result> <think> is`)).toBe(true);
    }
  });

  it("refuses bad options", () => {
    expect(() => calculatorTask({ busyRate: 1 })).toThrow(
      "bad options of calculator: calculator.busyRate: Too big: expected number to be <=0.9\n  expected: fields operations, busyRate, calls, tokens, seed, demonstrations",
    );
    expect(() => calculatorTask({ operations: [5], calls: 2 }).question("train", 0)).toThrow(
      "calculator: 400 questions in a row cannot be answered within the limits",
    );
  });
});
