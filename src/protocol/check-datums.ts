/**
 * Datums before they are sent or computed. Servers that were tried take arrays of other lengths (padding with zeros, or cutting),
 * token ids that do not exist (answering null), missing log-probabilities (a loss of zero), and wait for ever on no datum at all.
 */
import { AepoError } from "../std/errors.ts";
import { ratioIsPinned } from "./check-loss.ts";
import type { Datum, LossConfig } from "./in-memory.ts";
import { checkTokenIds, type ModelLimits } from "./limits.ts";
import { LOSSES, type LossName } from "./losses.ts";

const FLOATS = ["weights", "logprobs", "advantages"] as const;

/** Throws at the first thing that is wrong, and says which datum and which field it is in. */
export function checkDatums(
  data: readonly Datum[],
  loss: { readonly name: LossName; readonly config?: LossConfig },
  limits: ModelLimits,
): void {
  if (data.length === 0)
    throw new AepoError("policy", "a forward pass over no data", {
      expected: "at least one datum: servers wait for ever on none",
    });
  for (const [index, datum] of data.entries()) checkDatum(datum, loss, limits, `datum ${index}`);
}

function checkDatum(
  datum: Datum,
  loss: { readonly name: LossName; readonly config?: LossConfig },
  limits: ModelLimits,
  where: string,
): void {
  const { length } = datum.tokens;
  if (length === 0) throw new AepoError("policy", `${where} has no tokens`, { expected: "at least one" });
  if (length > limits.maxSequenceTokens)
    throw new AepoError("policy", `${where} has ${length} tokens`, {
      expected: `at most ${limits.maxSequenceTokens}, the longest sequence of the model`,
    });
  checkTokenIds(datum.tokens, limits, `${where}: tokens`);
  sameLength(datum.targetTokens, length, `${where}: target_tokens`);
  checkTokenIds(datum.targetTokens, limits, `${where}: target_tokens`);
  const read: readonly string[] = LOSSES[loss.name].inputs;
  const needed = read.filter(
    (name) => name === "advantages" || (name === "logprobs" && !ratioIsPinned(loss.name, loss.config ?? {})),
  );
  for (const name of FLOATS) {
    const values = datum[name];
    if (values === undefined) {
      if (needed.includes(name))
        throw new AepoError("policy", `${where} has no ${name}, which ${loss.name} reads`, {
          expected: "one number a target token",
        });
      continue;
    }
    if (!read.includes(name))
      throw new AepoError("policy", `${where} has ${name}, which ${loss.name} does not read`, {
        expected: read.join(", "),
      });
    sameLength(values, length, `${where}: ${name}`);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new AepoError("policy", `${where}: ${name} has ${values[wrong]} at ${wrong}`, {
        expected: "finite numbers",
      });
  }
}

function sameLength({ length: found }: { readonly length: number }, length: number, where: string): void {
  if (found === length) return;
  throw new AepoError("policy", `${where} has ${found} entries`, {
    expected: `${length}, one for each token of the input`,
  });
}
