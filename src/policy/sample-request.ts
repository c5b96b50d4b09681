/** Which requests can be sampled: anything else is refused when it is submitted, with what would have been right. */
import { AepoError } from "../std/errors.ts";
import { checkIds } from "./loss-tree.ts";
import type { SampleRequest } from "./policy.ts";
import { shapingSchema } from "./shaping.ts";
import type { TokenBytes } from "./stop-texts.ts";

/** What bounds a request. */
export interface RequestLimits {
  readonly cacheTokens: number;
  readonly maxSequenceTokens: number;
  readonly vocabularySize: number;
  /** For stop texts. */
  readonly tokenBytes?: TokenBytes;
}

export function checkSampleRequest(request: SampleRequest, limits: RequestLimits): void {
  const { id, ids, maxTokens, temperature } = request;
  const refuse = refuser(id);
  if (ids.length === 0) refuse("no token to continue from", "at least one token");
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1)) refuse(`maxTokens ${maxTokens}`, "an integer from 1");
  if (!(temperature >= 0 && Number.isFinite(temperature))) refuse(`temperature ${temperature}`, "a number from 0");
  checkStops(request, limits);
  checkShaping(request, limits);
  checkIds(ids, limits.vocabularySize, `request "${id}"`);
  const most = Math.min(limits.maxSequenceTokens, limits.cacheTokens);
  if (ids.length + maxTokens > most)
    refuse(`${ids.length} tokens and ${maxTokens} more do not fit`, `at most ${most} in all`);
}

function checkStops({ id, stop, stopTexts = [] }: SampleRequest, { tokenBytes }: RequestLimits): void {
  const refuse = refuser(id);
  if (stop.some((sequence) => sequence.length === 0)) refuse("an empty stop sequence", "at least one token in each");
  if (stopTexts.includes("")) refuse("an empty stop text", "at least one character in each");
  if (stopTexts.length > 0 && tokenBytes === undefined) {
    refuse("stop texts, of a policy that does not know its tokens' bytes", "a policy opened with tokenBytes");
  }
}

function checkShaping({ id, shaping = {}, topLogprobs = 0 }: SampleRequest, { vocabularySize }: RequestLimits): void {
  const refuse = refuser(id);
  const [issue] = shapingSchema.safeParse(shaping).error?.issues ?? [];
  if (issue !== undefined) {
    const field = issue.path.map(String).join(".");
    const value = (shaping as Readonly<Record<string, unknown>>)[field];
    refuse(field === "" ? "shaping" : `shaping.${field} ${String(value)}`, issue.message);
  }
  if (!(Number.isInteger(topLogprobs) && topLogprobs >= 0 && topLogprobs <= vocabularySize)) {
    refuse(`topLogprobs ${topLogprobs}`, `an integer from 0 to ${vocabularySize}`);
  }
}

function refuser(id: string): (what: string, expected: string) => never {
  return (what, expected) => {
    throw new AepoError("policy", `request "${id}": ${what}`, { expected });
  };
}
