/** In one word, why a call failed: what a ledger counts by. */
import { LateFailure } from "../late-failure.ts";
import { ToolFailure } from "../tool-failure.ts";
import { BudgetFailure, LateBudgetFailure } from "./budget-failure.ts";
import { networkCode } from "./network-code.ts";

/** `late`: given up by time; `refused`: whoever was asked said no; `unavailable`: not now; `error`: anything that was thrown. */
export const FAILURE_KINDS = ["late", "budget", "network", "unavailable", "refused", "stopped", "error"] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export function failureKind(thrown: unknown, signal: AbortSignal): FailureKind {
  if (thrown instanceof BudgetFailure || thrown instanceof LateBudgetFailure) return "budget";
  if (thrown instanceof LateFailure) return "late";
  if (signal.aborted) return signal.reason instanceof LateFailure ? "late" : "stopped";
  if (networkCode(thrown) !== null) return "network";
  if (thrown instanceof ToolFailure) return thrown.retryable ? "unavailable" : "refused";
  return "error";
}
