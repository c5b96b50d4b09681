/** The losses of the protocol: which settings each knows, and which arrays of a datum it reads. */

const THRESHOLDS = ["clip_low_threshold", "clip_high_threshold"] as const;

/** Names of every server that was looked at; which of them a server computes, only it can say. */
export const LOSSES = {
  cross_entropy: { config: [], inputs: ["target_tokens", "weights"] },
  importance_sampling: { config: [], inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  ppo: { config: [...THRESHOLDS, "value_clip"], inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  cispo: { config: THRESHOLDS, inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  gspo: { config: THRESHOLDS, inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  dro: { config: ["beta"], inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  dppo: { config: ["delta_low", "delta_high"], inputs: ["target_tokens", "weights", "logprobs", "advantages"] },
  ppo_critic: { config: ["value_clip"], inputs: ["target_tokens", "weights", "values", "returns"] },
} as const satisfies Record<string, { readonly config: readonly string[]; readonly inputs: readonly string[] }>;

export type LossName = keyof typeof LOSSES;
export type LossConfigKey = (typeof LOSSES)[LossName]["config"][number];

export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** The losses whose every input a `Datum` holds: what the client here sends, and what the server here can be asked for. */
export const TOKEN_LOSSES = ["cross_entropy", "importance_sampling", "ppo", "cispo"] as const;
export type TokenLoss = (typeof TOKEN_LOSSES)[number];

export function isLossName(name: string): name is LossName {
  return Object.hasOwn(LOSSES, name);
}
