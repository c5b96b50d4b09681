/** What an evaluation left out because nobody could judge it, in words. */
import type { EvalRecord } from "../run/records.ts";

/** "" where all was judged. */
export function unjudgedWords({ questions, samples, unjudged }: EvalRecord): string {
  if (unjudged === undefined) return "";
  const of = `${unjudged.samples} of ${questions * samples} samples`;
  return `${of} could not be judged and are left out (${unjudged.reasons.join("; ")})`;
}
