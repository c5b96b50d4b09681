/** What a model says, by our engine: the answers that other programs have to give with the same weights. */
import { policySchema } from "../../src/train/config.ts";
import { openPolicy } from "../../src/train/open.ts";

export const NEW_TOKENS = 32;
/** Log-probabilities may differ by this much. */
export const TOLERANCE = 1e-3;

/** Token ids, so that only the weights and the arithmetic are compared; the texts are for the tokenizers. */
export interface Questions {
  readonly prompts: readonly (readonly number[])[];
  readonly texts: readonly string[];
  readonly textIds: readonly (readonly number[])[];
}

export interface Answers {
  /** Greedy continuation of each prompt. */
  readonly greedy: readonly (readonly number[])[];
  /** Of each text's tokens from the second on. */
  readonly logprobs: readonly (readonly number[])[];
  /** How the program tokenises the texts. */
  readonly textIds: readonly (readonly number[])[];
}

export interface Comparison {
  readonly greedyEqual: boolean;
  readonly tokenizerEqual: boolean;
  readonly worstLogprob: number;
}

export const SIZES = { microBatchTokens: 192, slots: 4, cacheTokens: 1024 } as const;

const PROMPTS = ["The capital of France is", "Question: Who leads the company in the city?\n"];
const TEXTS = [
  "The river runs through the old town to the sea.",
  "She asked for the name of the country, and he said it.",
];

export async function ourAnswers(checkpoint: string, questions: Questions): Promise<Answers> {
  const { policy, close } = await openPolicy(policySchema.parse({ checkpoint, ...SIZES }));
  try {
    const sampler = policy.openSampler();
    for (const [i, ids] of questions.prompts.entries()) {
      sampler.submit({ id: String(i), ids, stop: [], maxTokens: NEW_TOKENS, temperature: 0, seed: 1 });
    }
    const found = new Map<string, readonly number[]>();
    for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) {
      for (const { id, ids } of some) found.set(id, ids);
    }
    await sampler.close();
    const scores = await policy.score(questions.textIds.map((ids) => ({ ids, temperature: 1 })));
    return {
      greedy: questions.prompts.map((_, i) => found.get(String(i)) ?? []),
      logprobs: scores.map(({ logprobs }) => [...logprobs]),
      textIds: questions.textIds,
    };
  } finally {
    await close();
  }
}

export async function questionsFor(checkpoint: string): Promise<Questions> {
  const { tokenizer, close } = await openPolicy(policySchema.parse({ checkpoint, ...SIZES }));
  await close();
  const encode = (text: string): number[] => [...tokenizer.encode(text)];
  return { prompts: PROMPTS.map(encode), texts: TEXTS, textIds: TEXTS.map(encode) };
}

export function compare(ours: Answers, theirs: Answers): Comparison {
  return {
    greedyEqual: JSON.stringify(theirs.greedy) === JSON.stringify(ours.greedy),
    tokenizerEqual: JSON.stringify(theirs.textIds) === JSON.stringify(ours.textIds),
    worstLogprob: worstDifference(ours.logprobs, theirs.logprobs),
  };
}

/** Infinity for lists of other lengths and for what is not a number. */
export function worstDifference(a: Answers["logprobs"], b: Answers["logprobs"]): number {
  const [x, y] = [a.flat(), b.flat()];
  if (x.length === 0 || a.some((row, i) => row.length !== b[i]?.length)) return Infinity;
  const differences = x.map((value, i) => Math.abs(value - (y[i] ?? Number.NaN)));
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}

export function isSame({ greedyEqual, tokenizerEqual, worstLogprob }: Comparison): boolean {
  return greedyEqual && tokenizerEqual && worstLogprob <= TOLERANCE;
}
