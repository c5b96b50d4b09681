/** Reads what was sampled: the turn with its action, and whether it ends the path (AEPO-R6). Pure. */
import type { AnyTask, Limits } from "../envs/task.ts";
import type { Sample } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { LivePath } from "./live-path.ts";
import type { EndReason, PolicyTurn } from "./tree.ts";

/** A turn that was cut is not parsed: half a call must not be taken for a whole one. */
export function readTurn({ dialect, tools }: AnyTask, tokenizer: Tokenizer, sample: Sample): PolicyTurn {
  const { ids, logprobs, entropies, finish } = sample;
  const text = tokenizer.decode(ids);
  const action =
    finish === "length" ? ({ kind: "invalid", why: "cut by the token limit" } as const) : dialect.parse(text, tools);
  return { ids, text, logprobs, entropies, action };
}

/** Why a path ends with the turn it has just written; null: its call is to be made. A call that cannot be used is not made. */
export function endOfTurn(limits: Limits, path: LivePath, { action }: PolicyTurn, cut: boolean): EndReason | null {
  if (cut) return "token-limit";
  if (action.kind !== "call") return action.kind;
  if (path.calls.length >= limits.calls) return "call-limit";
  if (path.turns.length >= limits.turns) return "turn-limit";
  return path.ids.length >= limits.tokens ? "token-limit" : null;
}
