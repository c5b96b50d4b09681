/**
 * The task of the simulation: questions that take ten calls of a tool that takes 1 to 30 seconds, evenly drawn, as searches and pages do.
 * Its time is the simulated engine's. Words are tokens; the engine writes turns that end with a call, and an answer in the last.
 */
import { defineTask } from "../../src/envs/define.ts";
import { tagWords } from "../../src/envs/dialects/tags.ts";
import type { AnyTask } from "../../src/envs/task.ts";
import { wordTokenizer } from "../../src/policy/word-tokenizer.ts";
import type { Tokenizer } from "../../src/policy/tokenizer.ts";
import { randomStream } from "../../src/std/random.ts";
import { sleep } from "../../src/std/until-aborted.ts";
import { tool } from "../../src/tools/tool.ts";
import { z } from "zod";
import type { TextSettings } from "../simulated-engine/settings.ts";

export const CALLS = 10;
const PROMPT_WORDS = 400;
const RESULT_WORDS = 200;
const WORDS = 1024;
export const TOOL_SECONDS = { least: 1, most: 30 } as const;

export interface SimulatedTask {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly text: TextSettings;
}

export function simulatedTask(speedup: number): SimulatedTask {
  const words = Array.from({ length: WORDS }, (_, i) => `w${i}`);
  const search = tool({
    name: "search",
    description: "",
    input: z.object({ query: z.string() }),
    async execute({ query }, { signal, place }) {
      const random = randomStream(1, "tool", place?.path ?? "", place?.before.length ?? 0, query);
      const { least, most } = TOOL_SECONDS;
      await sleep((1000 * (least + (most - least) * random.uniform())) / speedup, signal);
      return some(words, RESULT_WORDS, random.integer(WORDS));
    },
  });
  const tags = ["<pad>", ...tagWords([search])];
  const task = defineTask({
    name: "simulated",
    tools: [search],
    limits: { calls: CALLS, tokens: 20_000 },
    vocabulary: [...tags, ...words],
    question: (_, index) => ({ prompt: some(words, PROMPT_WORDS, index * 37), answers: "w0" }),
    // Any spread of rewards will do: paths are told apart by what they happened to write.
    accuracy: (answer) => (Number(answer.trim().slice(1)) % 4 === 0 ? 1 : 0),
  });
  return { task, tokenizer: wordTokenizer([...tags, ...words]), text: textOf(tags) };
}

function textOf(tags: readonly string[]): TextSettings {
  const pair = (name: string): [number, number] => [tags.indexOf(`<${name}>`), tags.indexOf(`</${name}>`)];
  return {
    vocabulary: tags.length + WORDS,
    think: pair("think"),
    call: pair("search"),
    answer: pair("answer"),
    words: [tags.length, WORDS],
    calls: CALLS,
    // Assumed: a thought and a call. Mean 283 tokens.
    turnTokens: { median: 250, spread: 0.5, least: 24, most: 1000 },
  };
}

function some(words: readonly string[], count: number, from: number): string {
  return Array.from({ length: count }, (_, i) => words[(from + i * 7) % words.length] ?? "").join(" ");
}
