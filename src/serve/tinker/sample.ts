/** Draws what a plan asks for, all sequences at once, and tells what the model itself thinks of them: at temperature 1. */
import type { Sample } from "../../policy/policy.ts";
import type { SampledSequence, SampleResult, TokenLogprob } from "../../protocol/in-memory.ts";
import type { GenerationEngine, GenerationRequest } from "../generation.ts";
import type { SamplePlan } from "./sample-plan.ts";
import type { SampledWeights } from "./sampler-pool.ts";
import { TinkerError } from "./tinker-error.ts";

export async function sampled(
  { frozen, generation }: SampledWeights,
  plan: SamplePlan,
  signal: AbortSignal,
): Promise<SampleResult> {
  const drawing = plan.requests.map((request) => drawn(generation, request, signal));
  // One that fails leaves none behind: all have ended before its failure is told.
  await Promise.allSettled(drawing);
  const sequences = await Promise.all(drawing);
  const prompt = plan.promptLogprobs ? await promptLogprobs(frozen, plan) : null;
  return {
    sequences: await atTemperatureOne(frozen, plan, sequences),
    promptLogprobs: prompt,
    topPromptLogprobs: plan.topPromptLogprobs > 0 ? await topPromptLogprobs(frozen, plan) : null,
    cachedPromptTokens: null,
  };
}

async function drawn(
  generation: GenerationEngine,
  request: GenerationRequest,
  signal: AbortSignal,
): Promise<SampledSequence> {
  const [tokens, logprobs]: [number[], number[]] = [[], []];
  let end: Pick<Sample, "finish" | "failure"> = { finish: "length" };
  for await (const piece of generation.generate(request, signal)) {
    tokens.push(...piece.ids);
    logprobs.push(...piece.logprobs);
    end = piece.end ?? end;
  }
  if (end.finish === "failed") throw new TinkerError(500, end.failure ?? "the engine could not sample it");
  return { tokens, logprobs, stopReason: end.finish };
}

/** The sampler tells log-probabilities of what it drew from; the protocol wants the model's own. */
async function atTemperatureOne(
  frozen: SampledWeights["frozen"],
  { prompt, requests }: SamplePlan,
  sequences: readonly SampledSequence[],
): Promise<readonly SampledSequence[]> {
  const temperature = requests[0]?.temperature ?? 1;
  if (temperature === 1 || temperature === 0) return sequences;
  const scores = await frozen.score(sequences.map(({ tokens }) => ({ ids: [...prompt, ...tokens], temperature: 1 })));
  return sequences.map((sequence, i) => ({
    ...sequence,
    logprobs: Array.from(scores[i]?.logprobs.subarray(prompt.length - 1) ?? []),
  }));
}

async function topPromptLogprobs(
  frozen: SampledWeights["frozen"],
  { prompt, topPromptLogprobs: count, promptTokens }: SamplePlan,
): Promise<(readonly TokenLogprob[] | null)[]> {
  const all = [null, ...(await frozen.topLogprobs(prompt, count))];
  return all.map((top, i) => (i < prompt.length - promptTokens ? null : top));
}

/** Nothing predicts the first token. */
async function promptLogprobs(
  frozen: SampledWeights["frozen"],
  { prompt, promptTokens }: SamplePlan,
): Promise<(number | null)[]> {
  const [score] = await frozen.score([{ ids: prompt, temperature: 1 }]);
  const all = [null, ...(score?.logprobs ?? [])];
  return all.map((logprob, i) => (i < prompt.length - promptTokens ? null : logprob));
}
