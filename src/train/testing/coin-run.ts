/**
 * A run in miniature, for tests of how runs are kept, resumed and computed elsewhere: a task whose turns end by chance in a call or an
 * answer, and a random policy of two layers that knows its words. Groups have unequal rewards, paths have tool calls and branch.
 */
import { z } from "zod";
import { defineTask } from "../../envs/define.ts";
import type { Dialect, TurnReader } from "../../envs/dialects/dialect.ts";
import type { AnyTask } from "../../envs/task.ts";
import { type ModelConfig, modelConfigSchema } from "../../policy/config.ts";
import { makeFolder } from "../../run/make-folder.ts";
import { tool } from "../../tools/tool.ts";
import { newPolicy } from "../open.ts";
import { policySchema } from "../policy-options.ts";
import { writeModel } from "../sft-run.ts";

const LETTERS = ["a", "b", "c", "d", "e", "f"];
export const COIN_WORDS = ["<pad>", "q", "call", "answer", "<result>", "</result>", ...LETTERS];

export const COIN_MODEL: ModelConfig = modelConfigSchema.parse({
  model_type: "qwen3",
  vocab_size: COIN_WORDS.length,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 48,
  max_position_embeddings: 96,
  embedding_scale: 20,
});

/** Of the weights. */
export const COIN_SEED = 3;

/** A turn ends with the word that says what it was. */
const dialect: Dialect = {
  name: "coin",
  inputs: "text",
  stops: () => ["call", "answer"],
  reader(): TurnReader {
    let turn = "";
    return {
      push(text) {
        turn += text;
        return [];
      },
      end: () => ({ events: [], action: dialect.parse(turn, []) }),
    };
  },
  parse(turn) {
    const words = turn.split(" ");
    const text = words.slice(0, -1).join(" ");
    const last = words.at(-1);
    if (last === "call") return { kind: "call", tool: "next", input: words.at(-2) ?? "" };
    return last === "answer" ? { kind: "answer", text } : { kind: "invalid", why: "neither call nor answer" };
  },
  result: (text) => `<result> ${text} </result>`,
  call: (_tool, input) => `${input} call`,
  answer: (text) => `${text} answer`,
};

/** The letter after the last one written. */
const next = tool({
  name: "next",
  description: "The next letter.",
  input: z.string(),
  execute: (input) => LETTERS[(LETTERS.indexOf(input) + 1) % LETTERS.length] ?? "a",
});

/** `onReward`: told of each path that is judged; one that takes its time holds the reward back. */
export function coinTask(onReward: (question: string) => void | Promise<void> = () => undefined): AnyTask {
  return defineTask({
    name: "coin",
    tools: [next],
    dialect,
    vocabulary: COIN_WORDS,
    limits: { tokens: 40, calls: 3 },
    entropyWindow: { tokens: 4 },
    question: (_split, index) => ({ prompt: `q ${LETTERS[index % LETTERS.length]}`, answers: "a" }),
    async reward({ id }, { turns }) {
      await onReward(id);
      const words = turns.join(" ").split(" ");
      const share = words.filter((word) => word === "a" || word === "b").length / words.length;
      return { total: share, formatOk: true, correct: share > 0.2, parts: {} };
    },
  });
}

/** The random policy as a model folder. */
export async function writeCoinModel(folder: string): Promise<string> {
  const options = policySchema.parse({ checkpoint: folder, threads: 1 });
  const { vocab_size: _, ...sizes } = COIN_MODEL;
  const opened = await newPolicy(options, sizes, COIN_WORDS, { seed: COIN_SEED, sequenceTokens: 40, samples: false });
  makeFolder(folder);
  await writeModel(folder, opened).finally(opened.close);
  return folder;
}
