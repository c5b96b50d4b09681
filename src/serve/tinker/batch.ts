/** The datums of a pass, checked before anything is computed from them, and each target as a loss reads it. */
import { checkDatums } from "../../protocol/check-datums.ts";
import { checkLoss } from "../../protocol/check-loss.ts";
import type { Datum, LossConfig } from "../../protocol/in-memory.ts";
import type { ModelLimits } from "../../protocol/limits.ts";
import { TOKEN_LOSSES, type TokenLoss } from "../../protocol/losses.ts";
import type { Target } from "./losses.ts";
import { TinkerError } from "./tinker-error.ts";

/** As it was sent, in JSON or protobuf. */
export interface SentPass {
  readonly loss: string;
  readonly config: Readonly<Record<string, number>>;
  readonly data: readonly Datum[];
}

export interface CheckedBatch {
  readonly loss: TokenLoss;
  readonly datums: readonly CheckedDatum[];
}

export interface CheckedDatum {
  readonly tokens: readonly number[];
  readonly targetTokens: readonly number[];
  readonly targets: readonly Target[];
}

/** As SkyRL has it for ppo and cispo alike: ratios, not distances from 1. */
const CLIP = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 };

export function checkedBatch({ loss: name, config, data }: SentPass, limits: ModelLimits): CheckedBatch {
  const asked = checkLoss(name, config, TOKEN_LOSSES);
  const loss = TOKEN_LOSSES.find((one) => one === asked.name) ?? "cross_entropy";
  if (asked.config.value_clip !== undefined) {
    throw new TinkerError(400, `loss_fn_config of ${name}: value_clip has no effect, there is no critic here`);
  }
  const clip = { ...CLIP, ...asked.config };
  if (clip.clip_low_threshold > clip.clip_high_threshold) {
    throw new TinkerError(
      400,
      `loss_fn_config of ${name}: clip_low_threshold ${clip.clip_low_threshold} is above clip_high_threshold ${clip.clip_high_threshold} (defaults 0.8 and 1.2: they are ratios)`,
    );
  }
  // The last target is a token of the sequence, too.
  checkDatums(data, asked, { ...limits, maxSequenceTokens: limits.maxSequenceTokens - 1 });
  return { loss, datums: data.map((datum) => checkedDatum(datum, clip)) };
}

function checkedDatum(datum: Datum, clip: Required<Pick<LossConfig, keyof typeof CLIP>>): CheckedDatum {
  const { weights, advantages, logprobs } = datum;
  const targets = Array.from(datum.targetTokens, (_, i) => ({
    weight: weights?.[i] ?? 1,
    advantage: advantages?.[i] ?? 0,
    oldLogprob: logprobs?.[i] ?? 0,
    clipLow: clip.clip_low_threshold,
    clipHigh: clip.clip_high_threshold,
  }));
  return { tokens: Array.from(datum.tokens), targetTokens: Array.from(datum.targetTokens), targets };
}
