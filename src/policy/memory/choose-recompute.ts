/** Whether layers are recomputed, and whether a run fits: decided from what it is predicted to take, before anything is opened. */
import { AepoError } from "../../std/errors.ts";
import { type MemoryMoment, type MemoryNeeds, predictMemory } from "./predict-memory.ts";

export type RecomputeSetting = "auto" | "always" | "never";

export interface MemoryLimit {
  readonly bytes: number;
  /** Where the number is from, for messages. */
  readonly source: string;
}

export interface MemoryChoice {
  readonly recompute: boolean;
  readonly reason: string;
  /** Of the choice; the largest moment first. */
  readonly moments: readonly MemoryMoment[];
  /** Null: no limit is known. */
  readonly limit: MemoryLimit | null;
  readonly fits: boolean;
}

/** Layers are kept where that fits: recomputing them costs about a quarter of the speed. */
export function chooseRecompute(
  needs: Omit<MemoryNeeds, "recompute">,
  setting: RecomputeSetting,
  limit: MemoryLimit | null,
): MemoryChoice {
  const choice = (recompute: boolean, reason: string): MemoryChoice => {
    const moments = predictMemory({ ...needs, recompute });
    return { recompute, reason, moments, limit, fits: limit === null || largest(moments) <= limit.bytes };
  };
  if (setting !== "auto") return choice(setting === "always", `policy.recompute is ${setting}`);
  const kept = choice(false, limit === null ? "no limit of memory is known" : "all layers fit in memory");
  if (kept.fits || limit === null) return kept;
  const reason = `keeping all layers would take ${memoryText(largest(kept.moments))} of ${memoryText(limit.bytes)}`;
  return choice(true, reason);
}

/** Throws where the run does not fit, with what takes the memory and what takes less. */
export function checkFits(needs: Omit<MemoryNeeds, "recompute">, choice: MemoryChoice): void {
  const { moments, limit, fits } = choice;
  const [worst] = moments;
  if (fits || limit === null || worst === undefined) return;
  throw new AepoError("config", `${worst.moment} would take about ${memoryText(worst.bytes)} of memory`, {
    expected: `at most ${memoryText(limit.bytes)} (${limit.source})`,
    exists: worst.parts.map(({ part, bytes }) => `${part} ${memoryText(bytes)}`).join(", "),
    fix: remedies(needs, choice, worst).join("; "),
  });
}

function remedies(needs: Omit<MemoryNeeds, "recompute">, { recompute }: MemoryChoice, worst: MemoryMoment): string[] {
  const { lora, microBatchTokens, sampling } = needs;
  return [
    ...(worst.moment === "training" && !recompute ? ["set policy.recompute to always"] : []),
    ...(worst.moment === "training" ? [`lower policy.microBatchTokens (${microBatchTokens})`] : []),
    ...(lora === null ? ["train adapters (policy.lora: {})"] : []),
    ...(sampling === null
      ? []
      : [`lower policy.cacheTokens (${sampling.cacheTokens}) or policy.slots (${sampling.slots})`]),
    "free memory, or allow more with policy.memoryGiB",
  ];
}

function largest(moments: readonly MemoryMoment[]): number {
  return moments[0]?.bytes ?? 0;
}

/** 1.23 GiB, or 456 MiB below one. */
export function memoryText(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1 ? `${gibibytes.toFixed(2)} GiB` : `${Math.round(gibibytes * 1024)} MiB`;
}
