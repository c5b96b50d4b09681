/** A loss and its settings before they are sent or computed. */
import { AepoError } from "../std/errors.ts";
import type { LossConfig } from "./in-memory.ts";
import { isLossName, LOSS_NAMES, LOSSES, type LossName } from "./losses.ts";

/** Throws if the protocol has no such loss, or the loss no such setting. `names`: those that can be asked for here. */
export function checkLoss(
  name: string,
  config: Readonly<Record<string, number>> | null | undefined,
  names: readonly LossName[] = LOSS_NAMES,
): { readonly name: LossName; readonly config: LossConfig } {
  if (!isLossName(name) || !names.includes(name))
    throw new AepoError("policy", `loss_fn is "${name.slice(0, 100)}"`, { expected: names.join(", ") });
  const known: readonly string[] = LOSSES[name].config;
  for (const [key, value] of Object.entries(config ?? {})) {
    if (!known.includes(key))
      throw new AepoError("policy", `loss_fn_config of ${name} has a field "${key.slice(0, 100)}"`, {
        expected: known.length === 0 ? "no fields: this loss has no settings" : known.join(", "),
      });
    if (!Number.isFinite(value) || value < 0)
      throw new AepoError("policy", `loss_fn_config of ${name}: ${key} is ${value}`, {
        expected: "a number of at least 0",
      });
  }
  const { clip_low_threshold: low, clip_high_threshold: high } = config ?? {};
  if (low !== undefined && high !== undefined && low > high)
    throw new AepoError("policy", `loss_fn_config of ${name}: clip_low_threshold ${low} is above clip_high_threshold`, {
      exists: `clip_high_threshold ${high}`,
      expected: "both as ratios, such as 0.8 and 1.2",
    });
  return { name, config: config ?? {} };
}

/** Whether the ratio does not matter: cispo with both thresholds at one value. */
export function ratioIsPinned(
  name: LossName,
  { clip_low_threshold: low, clip_high_threshold: high }: LossConfig,
): boolean {
  return name === "cispo" && low !== undefined && low === high;
}
