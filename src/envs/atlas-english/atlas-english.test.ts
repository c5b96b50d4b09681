import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import { chatTokenizer } from "../../chat/chat-tokenizer.ts";
import { openGguf } from "../../models/gguf/open-gguf.ts";
import { randomStream } from "../../std/random.ts";
import { checkTask } from "../conformance.ts";
import type { AnyTask, Demonstration } from "../task.ts";
import { type AtlasEnglishOptions, atlasEnglishTask, carefulEnglish } from "./atlas-english.ts";

function demonstration(task: AnyTask, index: number, split: "train" | "test" = "train"): Demonstration {
  const found = task.demonstrate?.(task.question(split, index), randomStream(1, "test", index));
  if (found === undefined) throw new Error("no demonstration");
  return found;
}

function textOf(task: AnyTask, index: number): string {
  return (
    task.question("train", index).prompt +
    demonstration(task, index)
      .parts.map(({ text }) => text)
      .join("")
  );
}

const careful = atlasEnglishTask({ demonstrations: carefulEnglish, timeoutRate: 0 });

describe("atlas in English", () => {
  it.each<[string, AtlasEnglishOptions]>([
    ["standard", {}],
    ["Hermes' calls", { dialect: "hermes" }],
    ["Llama 3's calls", { dialect: "llama3" }],
    ["harder", { hops: [0, 0, 1, 1, 1], timeoutRate: 0.4, persons: 30, places: 20, calls: 24, tokens: 2048 }],
  ])("conforms, careless and careful: %s", async (_name, options) => {
    const careless = await checkTask(atlasEnglishTask(options), { questions: 150 });
    expect(careless).toMatchObject({ faults: [], demonstrations: 300 });
    expect(careless.correctShare).toBeLessThan(0.5);
    const task = atlasEnglishTask({ ...options, demonstrations: carefulEnglish });
    expect(await checkTask(task, { questions: 150, careful: true })).toMatchObject({ faults: [], correctShare: 1 });
  });

  it("careless demonstrations are right in some 38 % of all", async () => {
    const { correctShare } = await checkTask(atlasEnglishTask(), { questions: 1000 });
    expect(correctShare).toBeGreaterThan(0.33);
    expect(correctShare).toBeLessThan(0.43);
  });

  it("reads like this", () => {
    const index = Array.from({ length: 50 }, (_, i) => i).find(
      (i) => careful.question("train", i).data.relations.length === 2,
    );
    expect(textOf(careful, index ?? -1)).toMatchInlineSnapshot(`
      "Question: Who is the president of the country that Nurd is in?
      <think> I look up Nurd. </think><search> Nurd </search>
      <result> Nurd is a city in Diria. Nurd has the mayor Quelmisk Helk. Nurd lies on the river Isar. </result>
      <think> Nurd is a city in Diria. Next I look up Diria. </think><search> Diria </search>
      <result> Diria pays with the florin. Diria has the capital Clirstad. Diria has the president Quiask Zalt. </result>
      <think> Diria has the president Quiask Zalt. That is the answer. </think><answer> Quiask Zalt </answer>"
    `);
  });

  it("shares no name between splits", () => {
    const wordsOf = (split: "train" | "test"): Set<string> =>
      new Set(
        Array.from({ length: 200 }, (_, i) =>
          demonstration(careful, i, split)
            .parts.map(({ text }) => text)
            .join(" "),
        )
          .join(" ")
          .match(/\b[A-Z][a-z]+/g),
      );
    const seen = wordsOf("train");
    const common = [...wordsOf("test")].filter((word) => seen.has(word));
    // Words of the pages' English, rivers and kinds of companies.
    const english =
      /^(The|That|I|Next|Nothing|Avon|Clyde|Isar|Loire|Mersey|Neva|Oder|Tagus|Press|Foundry|Works|Mills|Traders|Glass|Line|Instruments)$/;
    expect(common.filter((word) => !english.test(word))).toEqual([]);
  });

  it("times out in about as many searches as it should, the same ones again", async () => {
    const task = atlasEnglishTask();
    const [search] = task.tools;
    const signal = new AbortController().signal;
    const results: unknown[] = [];
    for (let index = 0; index < 1000; index++) {
      const question = task.question("train", index);
      const state = await task.environment.initial(question);
      const call = (): unknown => search?.execute({ query: question.data.start }, { state, call: 0, signal });
      expect(await call()).toEqual(await call());
      results.push(await call());
    }
    const timedOut = results.filter((result) => JSON.stringify(result).includes("timed out")).length;
    expect(timedOut).toBeGreaterThan(115);
    expect(timedOut).toBeLessThan(185);
  });

  it("names an option that is wrong", () => {
    expect(thrownMessage(() => atlasEnglishTask({ timeoutRate: 2 }))).toBe(
      "bad options of atlas-english: task.timeoutRate: Too big: expected number to be <=0.9\n" +
        "  expected: fields hops, dialect, timeoutRate, paraphrases, persons, places, calls, tokens, worldSeed, demonstrations",
    );
  });
});

const MODEL = "../shared/data/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
if (!existsSync(MODEL)) console.warn(`skipped: no real tokenizer at ${MODEL}`);

describe.skipIf(!existsSync(MODEL))("for SmolLM2", () => {
  it("is as long as the prototype's, and every stop ends with a token", async () => {
    const model = await openGguf(MODEL);
    await model.tensors.close();
    const tokenizer = chatTokenizer(model.tokenizer ?? { tokenizer: {}, config: {} });
    const lengths = new Map<number, number[]>();
    for (let index = 0; index < 300; index++) {
      const question = careful.question("train", index);
      const { parts } = demonstration(careful, index);
      const pieces = [question.prompt, ...parts.map(({ text }) => text)].map((text) => tokenizer.encode(text));
      expect(tokenizer.decode(pieces.flat())).toBe(textOf(careful, index));
      const hops = question.data.relations.length;
      lengths.set(hops, [...(lengths.get(hops) ?? []), pieces.flat().length]);
    }
    const mean = (hops: number): number => {
      const all = lengths.get(hops) ?? [];
      return all.reduce((sum, one) => sum + one, 0) / all.length;
    };
    // The prototype's: 103, 176, 249.
    expect([1, 2, 3].map((hops) => Math.round(mean(hops)))).toMatchInlineSnapshot(`
      [
        110,
        193,
        278,
      ]
    `);
  });
});
