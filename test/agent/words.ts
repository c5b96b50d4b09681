/**
 * A policy of words for the end-to-end test of agents: questions for a calculator, for python and for a search, and a teacher whose
 * demonstrations it learns in seconds. It guesses now and then, so that training has something to learn.
 */
import { coldStart } from "../../src/train/api.ts";
import { defineTask } from "../../src/envs/define.ts";
import { tagDialect, tagWords } from "../../src/envs/dialects/tags.ts";
import type { Demonstration } from "../../src/envs/task.ts";
import { calculatorTool } from "../../src/tools/calculator/calculator-tool.ts";
import { tool } from "../../src/tools/tool.ts";
import { z } from "zod";
import { SMALL_MODEL } from "../support/small-model.ts";

const NUMBERS = ["2", "3", "4", "5", "6"];
const PEOPLE: Readonly<Record<string, string>> = { ada: "rome", bob: "oslo", cyd: "bonn", dan: "kyiv", eve: "lima" };

export interface Row {
  readonly question: string;
  readonly answer: string;
  readonly split: "train" | "test";
}

interface Asked extends Row {
  readonly tool: string;
  readonly call: string;
  readonly result: string;
}

/** Python where it can run: its questions are left out elsewhere. */
export function asked(withPython: boolean): Asked[] {
  const pairs = NUMBERS.flatMap((a) => NUMBERS.map((b) => [a, b] as const));
  const sums = pairs.map(([a, b]) => {
    const sum = String(Number(a) + Number(b));
    return { question: `sum ${a} ${b} ?`, answer: sum, tool: "calculator", call: `${a} + ${b}`, result: sum };
  });
  const products = pairs.map(([a, b]) => {
    const product = String(Number(a) * Number(b));
    return { question: `product ${a} ${b} ?`, answer: product, tool: "python", call: `${a} * ${b}`, result: product };
  });
  const homes = Object.entries(PEOPLE).map(([name, city]) => ({
    question: `home of ${name} ?`,
    answer: city,
    tool: "search",
    call: name,
    result: `Page 1: ${name} lives in ${city}`,
  }));
  const all = [
    ...sums,
    ...(withPython ? products : []),
    ...homes,
    ...homes.map((one) => ({ ...one, question: `where does ${one.call} live ?` })),
  ];
  return all.map((one, i) => ({ ...one, split: i % 4 === 3 ? "test" : "train" }));
}

/** The documents of the search, by file name. */
export function documents(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(PEOPLE).map(([name, city]) => [`${name}.txt`, `${name} lives in ${city}`]));
}

/** Makes the policy in `out`. */
export async function teach(rows: readonly Asked[], out: string): Promise<string> {
  const stub = (name: string) => tool({ name, description: name, input: z.string(), execute: () => "" });
  const tools = [calculatorTool(), stub("python"), stub("search")];
  const texts = rows.flatMap(({ question, answer, call, result }) => [question, answer, call, result]);
  const words = new Set(texts.flatMap((text) => text.split(" ")));
  const drafts = (split: Row["split"]) =>
    rows.filter((row) => row.split === split).map(({ question, answer }) => ({ prompt: question, answers: answer }));
  const known = new Map(rows.map((row) => [row.question, row]));
  const answers = [...new Set(rows.map(({ answer }) => answer))];
  const task = defineTask({
    name: "teacher",
    tools,
    vocabulary: ["<pad>", "error", "error:", ...tagWords(tools), ...words],
    questions: { train: drafts("train"), test: drafts("test") },
    limits: { calls: 2, tokens: 64 },
    demonstrate({ prompt }, random): Demonstration {
      const { tool: name, call, result, answer } = known.get(prompt) as Asked;
      const said = random.uniform() < 0.3 ? random.pick(answers) : answer;
      return {
        parts: [
          { by: "policy", text: `<${name}> ${call} </${name}>` },
          { by: "tool", text: tagDialect.result(result) },
          { by: "policy", text: `<answer> ${said} </answer>` },
        ],
      };
    },
  });
  return coldStart({
    task,
    model: {
      ...SMALL_MODEL,
      tie_word_embeddings: false,
      embedding_scale: 10,
      embedding_mean: 1,
    },
    optimizer: { learningRate: 3e-3, decay: 0.4 },
    sft: { steps: 200 },
    out,
  });
}
