/** From a scripted run to something to train on: every token once, the policy's own trained, prompt and results masked. */
import { encodePrompt } from "../chat/chat-prompt.ts";
import type { Demonstration, Question } from "../envs/task.ts";
import type { LossTree } from "../policy/policy.ts";
import { encodeText } from "../policy/text-parts.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";

/** Tokens of a demonstration; `trained[i]` is whether the policy wrote token i. */
export interface DemonstrationTokens {
  readonly ids: readonly number[];
  readonly trained: readonly boolean[];
}

export function demonstrationTokens(
  question: Question,
  demonstration: Demonstration,
  tokenizer: Tokenizer,
): DemonstrationTokens {
  const ids = encodePrompt(tokenizer, question);
  const trained = ids.map(() => false);
  for (const part of demonstration.parts) {
    const tokens = encodeText(tokenizer, part.parts ?? part.text);
    ids.push(...tokens);
    trained.push(...tokens.map(() => part.by === "policy"));
  }
  return { ids, trained };
}

/** A batch of demonstrations as trees of one path each; every trained token weighs 1 / number of trained tokens. */
export function demonstrationTrees(batch: readonly DemonstrationTokens[]): LossTree[] {
  const total = batch.reduce((sum, { trained }) => sum + trained.filter(Boolean).length, 0);
  return batch.map(({ ids, trained }) => {
    const tokens = Int32Array.from(ids.keys()).filter((i) => trained[i] === true);
    const zeros = new Float32Array(tokens.length);
    return {
      ids: Int32Array.from(ids),
      parents: Int32Array.from(ids, (_, i) => i - 1),
      paths: [
        {
          leaf: ids.length - 1,
          tokens,
          oldLogprobs: zeros,
          advantages: zeros,
          weights: new Float32Array(tokens.length).fill(1 / total),
        },
      ],
    };
  });
}
