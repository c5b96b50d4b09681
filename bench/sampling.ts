/**
 * What stops, shaping and reports cost: the same prompts and seeds decoded in turns, one setting each, and the choice on the
 * host alone at the vocabulary of a large model. Stops are never met, so that every setting draws as many tokens.
 */
import type { Policy, SampleRequest } from "../src/policy/policy.ts";
import { drawShaped } from "../src/policy/shape-distribution.ts";
import { type Shaping, wholeShaping } from "../src/policy/shaping.ts";
import { policySchema } from "../src/train/config.ts";
import { openPolicy } from "../src/train/open.ts";
import { type RandomStream, randomStream } from "../src/std/random.ts";
import { randomIds } from "./batches.ts";
import { rounded, row } from "./output.ts";
import { type Contestant, takeTurns, timed } from "./timing.ts";

export interface SamplingOptions {
  readonly threads: number;
  readonly rounds: number;
  readonly checkpoint: string;
}

const BATCH = 16;
const PROMPT = 64;
const NEW = 64;
const USUAL: Shaping = { topK: 20, topP: 0.95, minP: 0.02, repetitionPenalty: 1.1 };

type Setting = Partial<Pick<SampleRequest, "stop" | "stopTexts" | "shaping" | "topLogprobs">>;

const SETTINGS: Readonly<Record<string, Setting>> = {
  "no stop": {},
  "stop tokens": { stop: [1, 2, 3].map((id) => new Array<number>(9).fill(id)) },
  "stop texts": { stopTexts: ["</never>", "\n\nnever\n\n", "never, at all"] },
  "top-p 0.9": { shaping: { topP: 0.9 } },
  "top-k, top-p, min-p, penalty": { shaping: USUAL },
  "5 log-probabilities": { topLogprobs: 5 },
};

export async function benchSampling({ threads, rounds, checkpoint }: SamplingOptions): Promise<object> {
  const { policy, close } = await openPolicy(policySchema.parse({ checkpoint, threads }));
  try {
    const settings = Object.entries(SETTINGS);
    const timings = await takeTurns(
      settings.map(([name, setting]) => timed(name, () => decode(policy, setting))),
      rounds,
    );
    row(policy.info.description.slice(0, 30), "tokens/s", "best");
    const decoding = settings.map(([name]) => {
      const rate = (seconds: number): number => rounded((BATCH * NEW) / seconds);
      const [tokensPerSecond, best] = [rate(timings.median(name)), rate(timings.best(name))];
      row(name, tokensPerSecond, best);
      return { name, tokensPerSecond, best };
    });
    return { batch: BATCH, decoding, logprobGap: await largestGap(policy), host: await benchHost(rounds) };
  } finally {
    await close();
  }
}

function requests(policy: Policy, setting: Setting): SampleRequest[] {
  const random = randomStream(1, "sampling");
  return Array.from({ length: BATCH }, (_, index) => ({
    id: String(index),
    ids: randomIds(random, PROMPT, policy.info.vocabularySize),
    stop: [],
    maxTokens: NEW,
    temperature: 1,
    seed: index,
    ...setting,
  }));
}

async function decode(policy: Policy, setting: Setting): Promise<void> {
  const sampler = policy.openSampler();
  for (const request of requests(policy, setting)) sampler.submit(request);
  for (let some = await sampler.next(); some.length > 0; some = await sampler.next());
  if (sampler.ledger.sampled !== BATCH * NEW) throw new Error("a stop was met: the settings are not comparable");
  await sampler.close();
}

/** Largest |sampled − scored| log-probability: what `train.maxLogprobGap` bounds. */
async function largestGap(policy: Policy): Promise<number> {
  const all = new Map(requests(policy, {}).map((request) => [request.id, request]));
  const sampler = policy.openSampler();
  for (const request of all.values()) sampler.submit(request);
  let gap = 0;
  for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) {
    const prompts = some.map(({ id }) => all.get(id)?.ids ?? []);
    const scores = await policy.score(
      some.map(({ ids }, i) => ({ ids: [...(prompts[i] ?? []), ...ids], temperature: 1 })),
    );
    for (const [i, { logprobs }] of some.entries()) {
      const from = (prompts[i]?.length ?? 0) - 1;
      for (const [j, x] of logprobs.entries()) gap = Math.max(gap, Math.abs(x - (scores[i]?.logprobs[from + j] ?? 0)));
    }
  }
  await sampler.close();
  row("largest log-probability gap", gap.toExponential(2));
  return gap;
}

const VOCABULARY = 151_936;
const HOST_DRAWS = 20;

/** Milliseconds of one choice on the host, for logits as they are and for the worst orders. */
async function benchHost(rounds: number): Promise<object[]> {
  const random = randomStream(1, "host");
  const kinds: Readonly<Record<string, Float32Array>> = {
    "normal logits": Float32Array.from({ length: VOCABULARY }, () => 3 * random.normal()),
    "rising logits": Float32Array.from({ length: VOCABULARY }, (_, i) => i / 5000),
    "equal logits": new Float32Array(VOCABULARY),
  };
  const shapings: Readonly<Record<string, Shaping>> = {
    "top-k 20": { topK: 20 },
    "top-k 50,000": { topK: 50_000 },
    "top-p 0.9": { topP: 0.9 },
    all: USUAL,
  };
  const cases = Object.entries(kinds).flatMap(([kind, logits]) =>
    Object.entries(shapings).map(([name, shaping]) => hostDraws(`${kind}, ${name}`, logits, shaping, random)),
  );
  const timings = await takeTurns(cases, rounds);
  row(`host, ${VOCABULARY} tokens`, "ms a draw");
  return cases.map(({ name }) => {
    const ms = rounded((timings.median(name) * 1000) / HOST_DRAWS);
    row(name, ms);
    return { name, ms };
  });
}

function hostDraws(name: string, logits: Float32Array, asked: Shaping, random: RandomStream): Contestant {
  const ids = randomIds(random, 1000, VOCABULARY);
  const shaping = wholeShaping(asked, 1);
  if (shaping === null) throw new RangeError(`${name} shapes nothing`);
  return timed(name, async () => {
    for (let i = 0; i < HOST_DRAWS; i++) drawShaped(logits, { ids, temperature: 1, shaping }, random.uniform());
  });
}
