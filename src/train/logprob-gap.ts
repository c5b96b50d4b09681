/**
 * Sampling and training compute the same log-probabilities in different graphs (AEPO-H1). Where they differ by more than
 * rounding, ratios and gradients are wrong without looking wrong: the run stops before the first update with such numbers.
 */
import type { Minibatch } from "../algorithm/minibatch.ts";
import type { LossReport } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";

/** The trained token whose two log-probabilities are furthest apart. */
export interface LogprobGap {
  /** |recomputed − sampled|; not a number if one of them is not. */
  readonly gap: number;
  readonly sampled: number;
  readonly recomputed: number;
  readonly question: string;
  readonly path: number;
  /** Index among the tokens the policy wrote on the path, from 0. */
  readonly token: number;
  readonly id: number;
}

/** At a step's first update: before it, the weights are those that sampled. Null if no token is trained. */
export function largestGap({ groups, trees }: Minibatch, report: LossReport): LogprobGap | null {
  let largest: LogprobGap | null = null;
  let next = 0;
  for (const [t, tree] of trees.entries()) {
    for (const [p, { oldLogprobs, tokens }] of tree.paths.entries()) {
      for (const [token, recomputed] of (report.logprobs[next++] ?? []).entries()) {
        const sampled = oldLogprobs[token] ?? Number.NaN;
        const gap = Math.abs(recomputed - sampled);
        if (largest !== null && !(gap > largest.gap || Number.isNaN(gap))) continue;
        const question = groups[t]?.tree.question.id ?? "";
        const path = groups[t]?.paths[p]?.path ?? p;
        largest = { gap, sampled, recomputed, question, path, token, id: tree.ids[tokens[token] ?? 0] ?? 0 };
        if (Number.isNaN(gap)) return largest;
      }
    }
  }
  return largest;
}

/** Throws above the limit; null: never. */
export function checkGap(
  found: LogprobGap | null,
  { limit, step, tokenizer }: { limit: number | null; step: number; tokenizer: Pick<Tokenizer, "token"> },
): void {
  if (found === null || limit === null || found.gap <= limit) return;
  const { question, path, token, id, sampled, recomputed } = found;
  const where = `question ${question}, path ${path}, token ${token} of the policy (${JSON.stringify(tokenizer.token(id))})`;
  throw new AepoError("policy", `step ${step}: a log-probability is not what it was when its token was sampled`, {
    expected: `a gap of at most ${limit} (train.maxLogprobGap)`,
    exists: `${where}: sampled ${sampled}, computed again ${recomputed}`,
    fix: "the engine samples and trains with different numbers, so please report it; train.maxLogprobGap=null goes on and logs the gap",
  });
}
