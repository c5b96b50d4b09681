/**
 * What a checkup of an engine elsewhere is given, and what it does there: everything on a throw-away adapter with prompts of a few low
 * token ids, so that no tokenizer is needed. All requests of a kind have one shape: some servers compile for every shape.
 */
import type { RemoteModel, RemoteSampler, TinkerClient } from "../../../remote/client/tinker-client.ts";
import type { SampledSequence } from "../../../protocol/in-memory.ts";
import type { Clock } from "../../../std/clock.ts";

export interface EngineAddress {
  readonly url: string;
  /** As the server calls it; null: the only one that it has. */
  readonly model: string | null;
  readonly apiKeyVariable: string;
  readonly rank: number;
}

/** The stage that the checks of sampling and training stand on. */
export interface EngineStage {
  readonly client: TinkerClient;
  readonly baseModel: string;
  readonly rank: number;
  readonly limits: { readonly vocabularySize: number; readonly maxSequenceTokens: number };
  readonly model: RemoteModel;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** As small as any vocabulary. */
const LEAST_VOCABULARY = 32;
const PROMPT_TOKENS = 16;
export const NEW_TOKENS = 16;
export const SEQUENCES = 8;

/** What a server does not say is not checked against. */
export const UNKNOWN_LIMITS = { vocabularySize: 2 ** 31 - 1, maxSequenceTokens: 2 ** 31 - 1 } as const;

/** For probes, which make sequences of their own. */
export const PROBE_LIMITS = {
  vocabularySize: LEAST_VOCABULARY,
  maxSequenceTokens: PROMPT_TOKENS + NEW_TOKENS,
} as const;

export const PROMPT: readonly number[] = Array.from(
  { length: PROMPT_TOKENS },
  (_, i) => 1 + ((i * 7) % (LEAST_VOCABULARY - 1)),
);

/** Some continuations of the one prompt, all as long. */
export async function drawSequences(
  sampler: RemoteSampler,
  { signal }: Pick<EngineStage, "signal">,
): Promise<readonly SampledSequence[]> {
  const params = { maxTokens: NEW_TOKENS, temperature: 1, seed: 1, stop: [] };
  const { sequences } = await sampler.sample({ prompt: PROMPT, count: SEQUENCES, params }, { signal });
  return sequences;
}

export async function timed<T>(
  clock: Clock,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const startedMs = clock.nowMs();
  const value = await work();
  return { value, ms: clock.nowMs() - startedMs };
}

/** For people: whole numbers where they are large. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toPrecision(2);
}
