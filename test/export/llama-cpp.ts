/** Asks llama.cpp by node-llama-cpp, which is no dependency: it is looked for in .peers, or where AEPO_PEERS says. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Answers, NEW_TOKENS, type Questions } from "./answers.ts";

/** What is used of it. */
interface Next {
  readonly token?: number | null;
  readonly probabilities?: ReadonlyMap<number, number>;
}
interface Wanted {
  readonly token?: boolean;
  readonly probabilities?: boolean;
  readonly options: {
    readonly temperature: number;
    readonly topK?: number;
    readonly topP?: number;
    readonly minP?: number;
  };
}
interface Sequence {
  evaluate(
    tokens: readonly number[],
    options: FullDistribution & { readonly yieldEogToken: true },
  ): AsyncIterable<number>;
  controlledEvaluate(
    input: readonly (number | readonly [number, { readonly generateNext: Wanted }])[],
  ): Promise<readonly ({ readonly next: Next } | undefined)[]>;
  clearHistory(): Promise<void>;
}
interface Model {
  tokenize(text: string, specialTokens: boolean): readonly number[];
  createContext(options: object): Promise<{ getSequence(): Sequence; dispose(): Promise<void> }>;
  dispose(): Promise<void>;
}
export interface LlamaCpp {
  loadModel(options: { readonly modelPath: string }): Promise<Model>;
  dispose(): Promise<void>;
}

type FullDistribution = Required<Wanted["options"]>;
export const FULL: FullDistribution = { temperature: 1, topK: 0, topP: 1, minP: 0 };

function packageFolder(): string {
  return resolve(process.env["AEPO_PEERS"] ?? ".peers", "node_modules/node-llama-cpp");
}

/** Undefined where it is not installed. */
export async function openLlamaCpp(): Promise<LlamaCpp | undefined> {
  const entry = join(packageFolder(), "dist/index.js");
  if (!existsSync(entry)) return undefined;
  const { getLlama } = (await import(pathToFileURL(entry).href)) as { getLlama(options: object): Promise<LlamaCpp> };
  return getLlama({ gpu: false, build: "never", logLevel: "error" });
}

export function howToInstallLlamaCpp(): string {
  return [
    `llama.cpp is skipped: no ${packageFolder()}`,
    "  to run it: npm install --prefix .peers node-llama-cpp",
    "  or name another folder: AEPO_PEERS=/path",
  ].join("\n");
}

export async function llamaCppAnswers(llama: LlamaCpp, file: string, questions: Questions): Promise<Answers> {
  const model = await llama.loadModel({ modelPath: file });
  // Its cache is in float16 unless told otherwise.
  const cache = { experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32", flashAttention: false };
  const context = await model.createContext({ contextSize: 128, threads: 2, ...cache });
  const sequence = context.getSequence();
  const [greedy, logprobs]: [number[][], number[][]] = [[], []];
  for (const ids of questions.prompts) greedy.push(await greedyTokens(sequence, ids));
  for (const ids of questions.textIds) logprobs.push(await textLogprobs(sequence, ids));
  const textIds = questions.texts.map((text) => [...model.tokenize(text, false)]);
  await context.dispose();
  await model.dispose();
  return { greedy, logprobs, textIds };
}

async function greedyTokens(sequence: Sequence, prompt: readonly number[]): Promise<number[]> {
  await sequence.clearHistory();
  const wanted = { generateNext: { token: true, options: { temperature: 0 } } };
  const found: number[] = [];
  for (let input = prompt; found.length < NEW_TOKENS; input = found.slice(-1)) {
    const last = input.at(-1) ?? -1;
    const outputs = await sequence.controlledEvaluate([...input.slice(0, -1), [last, wanted]]);
    found.push(outputs.at(-1)?.next.token ?? -1);
  }
  return found;
}

async function textLogprobs(sequence: Sequence, ids: readonly number[]): Promise<number[]> {
  await sequence.clearHistory();
  const wanted = { generateNext: { probabilities: true, options: FULL } };
  const outputs = await sequence.controlledEvaluate(ids.slice(0, -1).map((id) => [id, wanted] as const));
  return ids.slice(1).map((id, i) => Math.log(outputs[i]?.next.probabilities?.get(id) ?? Number.NaN));
}
