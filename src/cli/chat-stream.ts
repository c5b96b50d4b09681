/** One continuation, token by token: the same tokens as without looking, until it is stopped. */
import type { Drawn, LiveSampler, Sample, SampleRequest } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";

export interface StreamRequest extends Omit<SampleRequest, "id"> {
  /** Longest sequence, prompt included. */
  readonly contextTokens: number;
}

export interface DrawnToken {
  readonly id: number;
  readonly logprob: number;
  readonly entropy: number;
}

export interface Continuation extends Omit<Sample, "id" | "finish"> {
  readonly finish: Sample["finish"] | "interrupted";
}

const ID = "reply";

/** What was drawn before `signal` fired stays. `onToken` also hears of the token that ends it. */
export async function streamSample(
  sampler: LiveSampler,
  { contextTokens, ...asked }: StreamRequest,
  signal: AbortSignal,
  onToken: (token: DrawnToken) => void,
): Promise<Continuation> {
  const room = contextTokens - asked.ids.length;
  if (room < 1) {
    throw new AepoError("run", "the conversation is longer than the model reads", {
      expected: `fewer than ${contextTokens} tokens`,
      exists: String(asked.ids.length),
      fix: "begin a new one: /reset",
    });
  }
  const drawn: { ids: number[]; logprobs: number[]; entropies: number[] } = { ids: [], logprobs: [], entropies: [] };
  sampler.submit({ ...asked, id: ID, maxTokens: Math.min(asked.maxTokens, room) });
  for (;;) {
    if (signal.aborted) {
      sampler.cancel(ID);
      return { ...drawn, finish: "interrupted" };
    }
    const tick = await sampler.tick();
    for (const piece of tick.drawn) {
      drawn.ids.push(...piece.ids);
      drawn.logprobs.push(...piece.logprobs);
      drawn.entropies.push(...piece.entropies);
      for (const token of tokensOf(piece)) onToken(token);
    }
    const [sample] = tick.finished;
    if (sample !== undefined) return { ...drawn, finish: sample.finish };
  }
}

function tokensOf({ ids, logprobs, entropies }: Drawn): DrawnToken[] {
  return ids.map((id, i) => ({ id, logprob: logprobs[i] ?? Number.NaN, entropy: entropies[i] ?? Number.NaN }));
}
