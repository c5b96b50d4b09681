/**
 * Which losses a server can be sent: those whose gradient is one number a token, d loss / d log-probability. What needs the whole
 * distribution or a head of its own cannot be: it is refused before a run starts.
 */
import { lossCoefficients, type ScoredPath } from "../../policy/loss-coefficients.ts";
import type { Loss } from "../../policy/loss.ts";
import type { Programs } from "../../policy/programs.ts";
import { AepoError } from "../../std/errors.ts";

/** Rejects with what to change. The loss is tried on tokens with advantages and ratios of both kinds. */
export async function checkRemoteLoss(loss: Loss, programs: Programs): Promise<void> {
  checkNoValueLoss(loss);
  checkNoEntropyGradient((await lossCoefficients(programs, loss, [trial(1), trial(-1)])).entropies);
}

export function checkNoValueLoss({ value, key }: Loss): void {
  if (value === undefined) return;
  throw new AepoError("config", "a server that speaks the Tinker protocol cannot train a value head (B-PPO)", {
    expected: "a loss of log-probabilities alone",
    exists: `the loss ${key}`,
    fix: "train with the embedded engine, or use an algorithm without a critic, such as reinforce-plus-plus, rloo or grpo",
  });
}

/** `coefficients`: d loss / d entropy, one array a path. */
export function checkNoEntropyGradient(coefficients: readonly Float32Array[]): void {
  const found = coefficients.flatMap((path) => [...path]).find((c) => c !== 0);
  if (found === undefined) return;
  throw new AepoError(
    "config",
    "a server that speaks the Tinker protocol cannot train an entropy bonus: its gradient needs the whole distribution of every token",
    {
      expected: "a loss of log-probabilities alone",
      exists: `d loss / d entropy = ${found} at a token`,
      fix: "set algorithm.entropyBonus to 0, or train with the embedded engine",
    },
  );
}

function trial(sign: number): ScoredPath {
  const shifts = [-1, -0.1, 0, 0.1, 1];
  return {
    logprobs: Float32Array.from(shifts, (shift) => -1 + shift),
    entropies: Float32Array.from(shifts, () => 1),
    oldLogprobs: Float32Array.from(shifts, () => -1),
    referenceLogprobs: Float32Array.from(shifts, () => -1.2),
    advantages: Float32Array.from(shifts, () => sign),
    weights: Float32Array.from(shifts, () => 0.2),
  };
}
