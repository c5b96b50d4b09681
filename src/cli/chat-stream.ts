/**
 * One continuation, token by token. It is asked for in windows of a few tokens, each of which the prefix cache makes cheap; every
 * window draws from a stream of its own, so the same seed gives the same reply, but not the tokens that one long request draws.
 */
import type { Sample, Sampler, SampleRequest } from "../policy/policy.ts";
import { StopTexts } from "../policy/stop-texts.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import { derivedSeed } from "../std/random.ts";

const WINDOW = 8;

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

/** What was drawn before `signal` fired stays. `onToken` also hears of the token that ends it. */
export async function streamSample(
  sampler: Sampler,
  tokenizer: Pick<Tokenizer, "bytes">,
  request: StreamRequest,
  signal: AbortSignal,
  onToken: (token: DrawnToken) => void,
): Promise<Continuation> {
  const { contextTokens, stopTexts = [], ...asked } = request;
  const most = Math.min(asked.maxTokens, contextTokens - asked.ids.length);
  if (most < 1) {
    throw new AepoError("run", "the conversation is longer than the model reads", {
      expected: `fewer than ${contextTokens} tokens`,
      exists: String(asked.ids.length),
      fix: "begin a new one: /reset",
    });
  }
  const texts = new StopTexts(stopTexts, (id) => tokenizer.bytes(id));
  const drawn: { ids: number[]; logprobs: number[]; entropies: number[] } = { ids: [], logprobs: [], entropies: [] };
  for (let window = 0; drawn.ids.length < most; window++) {
    if (signal.aborted) return { ...drawn, finish: "interrupted" };
    const id = `window ${window}`;
    const ids = [...asked.ids, ...drawn.ids];
    const maxTokens = Math.min(WINDOW, most - drawn.ids.length);
    sampler.submit({ ...asked, id, ids, maxTokens, seed: derivedSeed(asked.seed, "window", window) });
    const [sample] = await sampler.next();
    for (const [i, token] of (sample?.ids ?? []).entries()) {
      const [logprob = Number.NaN, entropy = Number.NaN] = [sample?.logprobs[i], sample?.entropies[i]];
      drawn.ids.push(token);
      drawn.logprobs.push(logprob);
      drawn.entropies.push(entropy);
      onToken({ id: token, logprob, entropy });
      // A stop may begin in one window and end in the next.
      const ended = texts.push(token) !== null || asked.stop.some((stop) => endsWith(drawn.ids, stop));
      if (ended) return { ...drawn, finish: "stop" };
    }
  }
  return { ...drawn, finish: "length" };
}

function endsWith(ids: readonly number[], end: readonly number[]): boolean {
  return end.length > 0 && end.every((id, i) => ids[ids.length - end.length + i] === id);
}
