/** A world for tests: one look-up tool, one word a token, a state that counts the calls of a path. */
import { z } from "zod";
import type { Environment, Question, Task } from "../../envs/task.ts";
import { tagDialect } from "../../envs/dialects/tags.ts";
import { wordTokenizer } from "../../policy/word-tokenizer.ts";
import { tool } from "../../tools/tool.ts";
import { type GrowOptions, growTrees } from "../grow.ts";
import type { GrowthRules } from "../rules.ts";
import { ScriptedTurns, type TurnScript } from "../scripted-turns.ts";
import type { RolloutTree } from "../tree.ts";

const WORDS = ["<pad>", "<think>", "</think>", "<look>", "</look>", "<result>", "</result>", "<answer>", "</answer>"];
const NUMBERS = Array.from({ length: 100 }, (_, i) => `n${i}`);
export const smallTokenizer = wordTokenizer([...WORDS, "q", "x", "y", "fact", "error", ...NUMBERS]);

/** State of a path: how many calls it has made, and an identity that no two paths may share. */
export interface Counter {
  calls: number;
}

export const forking: Environment<Counter> = {
  initial: () => ({ calls: 0 }),
  fork: ({ calls }) => ({ calls }),
};

export interface SmallWorld {
  readonly environment?: Environment<Counter>;
  readonly limits?: Partial<Task["limits"]>;
  /** What the tool does; by default it says how many calls the path has made before, and counts on IN PLACE. */
  readonly look?: (input: string, context: { state: Counter; call: number; signal: AbortSignal }) => unknown;
}

/** `look: x` says `n0` at the first call of a path, `n1` at the second: a state that leaks between paths shows in the text. */
export function smallTask({ environment = forking, limits = {}, look }: SmallWorld = {}): Task<null, Counter> {
  const counting = ({ state }: { state: Counter }): string => `n${state.calls++}`;
  return {
    name: "small",
    description: "",
    tools: [
      tool<string, Counter>({
        name: "look",
        description: "",
        input: z.string().max(5),
        execute: (input, context) => (look ?? ((_, its) => counting(its)))(input, context) as string,
      }),
    ],
    dialect: tagDialect,
    environment,
    limits: { turns: 10, calls: 9, tokens: 400, ...limits },
    entropyWindow: { tokens: 20, skip: 0 },
    question: (_split, index) => smallQuestion(index),
    reward: (_question, { answer }) => ({ total: answer === "y" ? 1 : 0, formatOk: true, correct: false, parts: {} }),
  };
}

export function smallQuestion(index: number): Question<null> {
  return { id: `small/${index}`, prompt: "q", answers: ["y"], data: null };
}

/** Turns of the dialect. */
export const look = "<look> x </look>";
export const answer = "<answer> y </answer>";

/** Rules of ARPO's shape: half whole rollouts, P = α + γ·ΔH against τ, with AEPO's penalty if λ is above 0 (AEPO-R3). */
export function testRules(changes: Partial<GrowthRules> & { penalty?: number } = {}): GrowthRules {
  const { penalty = 0, ...rules } = changes;
  return {
    groupSize: 4,
    probe: "none",
    budget: () => 2,
    branchProbability: ({ deltaEntropy, consecutive }) =>
      Math.min(1, Math.max(0, (0.5 + 0.2 * deltaEntropy) * (1 - Math.min(1, penalty * consecutive)))),
    decision: { kind: "threshold", threshold: 0.5 },
    width: 1,
    order: "synchronous",
    entropyTokens: 20,
    entropySkip: 0,
    ...rules,
  };
}

export type SmallGrowth = Partial<Omit<GrowOptions, "questions">> & {
  readonly questions?: number;
  readonly world?: SmallWorld;
};

/** Grows small trees with a script; time stands still unless a clock is given. */
export function growSmall(script: TurnScript, growth: SmallGrowth = {}): Promise<RolloutTree[]> {
  const { questions = 1, world = {}, ...options } = growth;
  return growTrees({
    task: smallTask(world),
    tokenizer: smallTokenizer,
    sampler: new ScriptedTurns(smallTokenizer, script),
    questions: Array.from({ length: questions }, (_, i) => smallQuestion(i)),
    rules: testRules(),
    seed: 1,
    step: 1,
    temperature: 1,
    entropyDivisor: 1,
    overlap: false,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    signal: new AbortController().signal,
    ...options,
  });
}

export async function growOne(script: TurnScript, growth: SmallGrowth = {}): Promise<RolloutTree> {
  const [tree] = await growSmall(script, growth);
  if (tree === undefined) throw new Error("no tree");
  return tree;
}

/** A script by path: each path's turns in order, as entropy of a look-up, or `"answer"` with entropy 0. */
export function byPath(paths: Readonly<Record<number, readonly (number | "answer")[]>>): TurnScript {
  return ({ path, turn }) => {
    const step = paths[path]?.[turn] ?? "answer";
    return step === "answer" ? { text: answer, entropy: 0 } : { text: look, entropy: step };
  };
}
