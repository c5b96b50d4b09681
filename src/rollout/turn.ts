/** Reads what was sampled: the turn with its action, and whether it ends the path (AEPO-R6). Pure. */
import type { Action, AnyTask, Limits } from "../envs/task.ts";
import type { Sample } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { LivePath } from "./live-path.ts";
import type { EndReason, PolicyTurn } from "./tree.ts";

const CUT = { kind: "invalid", why: "cut by the token limit" } as const;

/** A turn that was cut is not parsed: half a call must not be taken for a whole one. */
export function readTurn({ dialect, tools }: AnyTask, tokenizer: Tokenizer, sample: Sample): PolicyTurn {
  const { ids, logprobs, entropies, finish } = sample;
  const text = tokenizer.decode(ids);
  return { ids, text, logprobs, entropies, action: finish === "length" ? CUT : dialect.parse(text, tools) };
}

/** What follows the turn that a path has just written: a call, or its end. A call whose result could not be used is not made. */
export function afterTurn(
  limits: Limits,
  path: Pick<LivePath, "calls" | "turns" | "ids">,
  { action }: PolicyTurn,
): EndReason | Extract<Action, { kind: "call" }> {
  if (action === CUT) return "token-limit";
  if (action.kind !== "call") return action.kind;
  if (path.calls.length >= limits.calls) return "call-limit";
  if (path.turns.length >= limits.turns) return "turn-limit";
  return path.ids.length >= limits.tokens ? "token-limit" : action;
}
