/** Log-probabilities of a prompt's own tokens, at the temperature of what is drawn behind it (0: at 1); the first has none. */
import type { ServedPolicy } from "./served-model.ts";

export type PromptScores = readonly (number | null)[];

/** One list a prompt. */
export async function promptScores(
  policy: Pick<ServedPolicy, "score">,
  prompts: readonly (readonly number[])[],
  temperature: number,
): Promise<PromptScores[]> {
  const scores = await policy.score(prompts.map((ids) => ({ ids, temperature: temperature > 0 ? temperature : 1 })));
  return scores.map(({ logprobs }) => [null, ...logprobs]);
}
