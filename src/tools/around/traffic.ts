/**
 * Every call goes past a log. What the log has already is said again, and the tool is not called; what it has not is made and
 * written down, or is missing, as the log decides. Calls are known by their path, tool, input and how often that path has asked
 * the same before: not by the order in which they happen to come. A state that a tool returns is written down too, so it must be JSON.
 */
import type { Clock } from "../../std/clock.ts";
import { isPlainJson } from "../../std/canonical-json.ts";
import { messageOf } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";
import { untilAborted } from "../../std/until-aborted.ts";
import { LateFailure } from "../late-failure.ts";
import { StopRun } from "../stop-run.ts";
import { ToolFailure } from "../tool-failure.ts";
import type { ReadOutput } from "../tool-output.ts";
import { type Around, type AroundContext, type CallNotes, newNotes, wrapped } from "./around.ts";
import type { Spent } from "./budget-failure.ts";

export interface TrafficCall {
  /** Name of the path (`CallPlace`), or nothing outside a run. */
  readonly path: string;
  /** Index of the call on the path. */
  readonly call: number;
  readonly tool: string;
  readonly input: unknown;
}

/** What came of a call. */
export type Said = { readonly ms: number; readonly paid: Spent } & (
  | { readonly text: string; readonly state?: Json }
  | { readonly failed: string; readonly late?: true }
);

export type TrafficSlot =
  | { readonly kind: "recorded"; readonly said: Said }
  | { readonly kind: "open"; record(said: Said): void }
  | { readonly kind: "missing"; readonly failure: Error };

export interface TrafficLog {
  /** The place of a call that is about to be made; asked once a call, before anything else happens. */
  slot(call: TrafficCall): TrafficSlot;
  /** What the recorded calls of some tools took. */
  spent(tools: ReadonlySet<string>): Spent;
}

export function traffic(log: TrafficLog, clock: Clock): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      const { place, call, notes = newNotes() } = context;
      const slot = log.slot({ path: place?.path ?? "", call, tool: tool.name, input });
      if (slot.kind === "missing") throw slot.failure;
      if (slot.kind === "recorded") return saidAgain(slot.said, context);
      const startedMs = clock.nowMs();
      const took = () => ({ ms: clock.nowMs() - startedMs, paid: paidFor(notes) });
      try {
        const output = await untilAborted(context.signal, () => inner(input, { ...context, notes }));
        slot.record({ ...took(), text: output.text, ...recordedState(tool.name, output, context) });
        return output;
      } catch (thrown) {
        if (!stopsRun(thrown, context.signal)) slot.record({ ...took(), ...failureOf(thrown) });
        throw thrown;
      }
    });
}

function saidAgain(said: Said, { notes, state }: AroundContext): ReadOutput {
  if (notes !== undefined) notes.replayed = true;
  if ("text" in said) return { text: said.text, state: "state" in said ? said.state : state };
  if (said.late === true) throw new LateFailure(said.failed);
  throw new ToolFailure(said.failed, { retryable: false });
}

function paidFor({ tries, triesMs, cost }: CallNotes): Spent {
  return { calls: tries, seconds: triesMs / 1000, cost };
}

function recordedState(tool: string, { state }: ReadOutput, context: AroundContext): { readonly state?: Json } {
  if (state === context.state) return {};
  if (isPlainJson(state)) return { state: state as Json };
  throw new StopRun(`${tool} keeps a state that JSON cannot say: its calls cannot be recorded`, {
    expected: "a state of texts, numbers, booleans, null, lists and plain objects",
    fix: "keep such a state in the tool, or run without traffic",
  });
}

function failureOf(thrown: unknown): { readonly failed: string; readonly late?: true } {
  return { failed: messageOf(thrown), ...(thrown instanceof LateFailure ? { late: true } : {}) };
}

/** A call that ended because the run did says nothing of the tool. */
function stopsRun(thrown: unknown, signal: AbortSignal): boolean {
  return thrown instanceof StopRun || (signal.aborted && !(signal.reason instanceof LateFailure));
}
