/**
 * The paper's example (aepo.md §8): a policy whose first root meets six tool steps of high entropy in a row while its other
 * roots meet one or two. Depth first and with the same k and m, the penalty λ (AEPO-R3) is all that decides whether the
 * branch budget stays on that one chain. Entropies are of the size measured on a trained policy (0.02 and 0.12 nats).
 */
import { defineTask } from "../../envs/define.ts";
import { tagWords } from "../../envs/dialects/tags.ts";
import type { Task } from "../../envs/task.ts";
import { wordTokenizer } from "../../policy/word-tokenizer.ts";
import { tool } from "../../tools/tool.ts";
import { z } from "zod";
import { growTrees } from "../grow.ts";
import type { GrowthRules } from "../rules.ts";
import { ScriptedTurns, type ScriptPlace, type ScriptedTurn } from "../scripted-turns.ts";
import type { RolloutTree } from "../tree.ts";

/** Nats: of a first step and a step that knows what to do, and of a step that does not. */
const LOW = 0.02;
const HIGH = 0.12;

/** H of the step after each tool result, by root in order of creation; a root beyond the list does as the last one. */
const ROOTS: readonly (readonly number[])[] = [
  [HIGH, HIGH, HIGH, HIGH, HIGH, HIGH],
  [LOW, HIGH, LOW],
  [HIGH, HIGH],
  [HIGH, LOW],
  [LOW, HIGH, HIGH],
  [HIGH],
  [LOW, HIGH],
  [HIGH, LOW, HIGH],
];

/** A fork looks once more on its own, and is unsure what to make of it. */
const FORK: readonly number[] = [HIGH];

const WORDS = "who founded the river town 0 train ? page Vor Tal".split(" ");

/** The tree that the scripted policy grows under `rules`; the same for every run. */
export async function growPaperExample(rules: GrowthRules): Promise<RolloutTree> {
  const task = paperTask();
  const tokenizer = wordTokenizer(task.vocabulary ?? []);
  const [tree] = await growTrees({
    task,
    tokenizer,
    sampler: new ScriptedTurns(tokenizer, paperTurn),
    questions: [task.question("train", 0)],
    rules,
    seed: 0,
    step: 0,
    temperature: 1,
    entropyDivisor: 1,
    overlap: false,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    signal: new AbortController().signal,
  });
  if (tree === undefined) throw new RangeError("one question gives one tree");
  return tree;
}

function paperTurn({ root, turn }: ScriptPlace): ScriptedTurn {
  const steps = root === null ? FORK : (ROOTS[Math.min(root, ROOTS.length - 1)] ?? []);
  const entropy = turn === 0 ? LOW : (steps[turn - 1] ?? LOW);
  const last = turn === steps.length;
  return { entropy, text: last ? "<think> page </think> <answer> Vor Tal </answer>" : "<search> river town </search>" };
}

function paperTask(): Task {
  const search = tool({ name: "search", description: "", input: z.string(), execute: () => "page Vor Tal" });
  return defineTask({
    name: "paper-example",
    tools: [search],
    vocabulary: ["<pad>", ...tagWords([search]), ...WORDS],
    question: (split, index) => ({ prompt: `who founded the river town ${index} ${split} ?`, answers: "Vor Tal" }),
    limits: { calls: 12, tokens: 256 },
  });
}
