/** Where a turn ends, and what was sampled: the turn with its action, and whether it ends the path (AEPO-R6). Pure. */
import type { CallAction, RejectedAction } from "../envs/dialects/dialect.ts";
import { endTokens } from "../envs/dialects/end-tokens.ts";
import type { AnyTask, Limits, Question } from "../envs/task.ts";
import type { Sample } from "../policy/policy.ts";
import type { StopConditions, Tokenizer } from "../policy/tokenizer.ts";
import type { LivePath } from "./live-path.ts";
import { topEntropies } from "./top-entropies.ts";
import type { EndReason, PolicyTurn } from "./tree.ts";

const CUT = { kind: "invalid", why: "cut by the token limit" } as const;

/** A turn that was cut is not parsed: half a call must not be taken for a whole one. */
export function readTurn({ dialect, tools }: AnyTask, tokenizer: Tokenizer, sample: Sample): PolicyTurn {
  const { ids, logprobs, entropies, top, finish } = sample;
  const text = tokenizer.decode(ids);
  const action = finish === "length" ? CUT : dialect.parse(text, tools);
  const measured = top === undefined ? {} : { topEntropies: topEntropies({ ids, logprobs, top }) };
  return { ids, text, logprobs, entropies, ...measured, action };
}

/**
 * What ends a turn: texts of the dialect, special tokens where it has some, and, where the model's template asks the question, the
 * tokens it ends its turns with: it has said all it will then. Throws if the tokenizer lacks those of the dialect.
 */
export function turnStops(
  { dialect, tools }: AnyTask,
  tokenizer: Tokenizer,
  { chat }: Pick<Question, "chat">,
): StopConditions {
  const { stop, stopTexts } = tokenizer.stopConditions(dialect.stops(tools));
  const ends = new Set([...endTokens(dialect, tokenizer), ...(chat === undefined ? [] : (tokenizer.endOfTurn ?? []))]);
  return { stop: [...stop, ...[...ends].map((id) => [id])], stopTexts };
}

/** Whether what a path wrote last ends with a special token of the dialect. */
export function endsSpecially({ dialect }: AnyTask, tokenizer: Tokenizer, { ids }: Pick<LivePath, "ids">): boolean {
  return endTokens(dialect, tokenizer).includes(ids.at(-1) ?? -1);
}

/**
 * What follows the turn that a path has just written: a call, or its end. A call whose result could not be used is not made. A call that is
 * rejected is answered like one that failed: it has its turn, its result and its place among the calls.
 */
export function afterTurn(
  limits: Limits,
  path: Pick<LivePath, "calls" | "turns" | "ids">,
  { action }: PolicyTurn,
): EndReason | CallAction | RejectedAction {
  if (action === CUT) return "token-limit";
  if (action.kind !== "call" && action.kind !== "rejected") return action.kind;
  if (path.calls.length >= limits.calls) return "call-limit";
  if (path.turns.length >= limits.turns) return "turn-limit";
  return path.ids.length >= limits.tokens ? "token-limit" : action;
}
