/** The arrays of a datum by their names on the wire, whatever its form. */
import { AepoError } from "../std/errors.ts";

export const TARGETS = "target_tokens";
export const DATUM_FLOATS = ["weights", "logprobs", "advantages"] as const;

/** Both that none is unknown, which a server would pass over in silence, and that there are targets. `where`: "datum 3". */
export function refuseUnknownInputs(names: readonly string[], where: string): void {
  const known: readonly string[] = [TARGETS, ...DATUM_FLOATS];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new AepoError(
      "policy",
      `${where} has loss_fn_inputs that no loss here reads: ${unknown.join(", ").slice(0, 200)}`,
      { expected: known.join(", ") },
    );
  if (!names.includes(TARGETS))
    throw new AepoError("policy", `${where} has no ${TARGETS} in its loss_fn_inputs`, {
      exists: names.join(", ") || "none at all",
    });
}
