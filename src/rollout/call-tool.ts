/**
 * One tool call: validated, timed, and never a crash. What goes wrong (an unknown tool, a bad input, an exception, a
 * time-out, a text that the vocabulary cannot hold) is a failed result that the policy is shown; the state stays as it was.
 * The one exception is a `StopRun`, which says that the run must end.
 */
import type { Dialect } from "../envs/task.ts";
import { encodeText, plainText } from "../policy/text-parts.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { messageOf } from "../std/errors.ts";
import { withDeadline } from "../std/until-aborted.ts";
import { LateFailure } from "../tools/late-failure.ts";
import { StopRun } from "../tools/stop-run.ts";
import type { AnyTool, CallPlace } from "../tools/tool.ts";
import { faultsOf, inputOfText } from "../tools/tool-input.ts";
import { readOutput } from "../tools/tool-output.ts";
import type { ToolResult } from "./tree.ts";

export interface ToolCall {
  readonly tool: string;
  readonly input: string;
  /** Index of the call on its path. */
  readonly call: number;
  readonly state: unknown;
  /** Why it is not made: the policy wrote what is no call. */
  readonly rejected?: string;
  readonly place?: CallPlace;
}

export interface CallOutcome {
  /** What the tool said, without the dialect's tags. */
  readonly text: string;
  readonly failed: string | null;
  readonly timedOut: boolean;
  /** State after the call; of a failed one, the state before. */
  readonly state: unknown;
}

/** Controllers of the calls that run now: one listener on a run's signal can stop them all. */
export type OpenCalls = Set<AbortController>;

/** Rejects with a `StopRun` only. */
export async function callTool(
  tools: readonly AnyTool[],
  request: ToolCall,
  timeoutMs: number,
  open: OpenCalls,
): Promise<CallOutcome> {
  if (request.rejected !== undefined) return failedCall(request, request.rejected);
  const tool = tools.find(({ name }) => name === request.tool);
  if (tool === undefined) {
    return failedCall(request, `no tool "${request.tool}"; there are: ${tools.map(({ name }) => name).join(", ")}`);
  }
  const stop = new AbortController();
  open.add(stop);
  try {
    const input = tool.input.safeParse(inputOfText(tool, request.input));
    if (!input.success) return failedCall(request, `bad input: ${faultsOf(input.error)}`);
    const { state, call, place } = request;
    const output: unknown = await withDeadline(stop.signal, timeoutMs, lateAfter(timeoutMs), async (signal) =>
      tool.execute(input.data, { state, call, signal, ...(place === undefined ? {} : { place }) }),
    );
    return { ...readOutput(output, state), failed: null, timedOut: false };
  } catch (thrown) {
    if (thrown instanceof StopRun) throw thrown;
    return failedCall(request, messageOf(thrown), thrown instanceof LateFailure);
  } finally {
    open.delete(stop);
  }
}

function lateAfter(timeoutMs: number): () => Error {
  return () => new LateFailure(`no answer within ${timeoutMs} ms`);
}

/** A failed result; `timedOut` marks one that wall time made. */
export function failedCall({ state }: Pick<ToolCall, "state">, why: string, timedOut = false): CallOutcome {
  return { text: `error: ${why}`, failed: why, timedOut, state };
}

/**
 * The result as it is inserted, and the outcome as the policy sees it: shortened until the vocabulary can hold it. `ended`: the
 * turn that called ended with a token of the dialect that says so.
 */
export function insertedResult(
  dialect: Dialect,
  tokenizer: Tokenizer,
  call: ToolCall,
  outcome: CallOutcome,
  ended = false,
): { readonly outcome: CallOutcome; readonly result: ToolResult } {
  const inserted = (text: string, { failed, timedOut }: CallOutcome): ToolResult => {
    const { tool, input, rejected } = call;
    const whole = dialect.result(text, ended);
    const base = { tool, input, text: plainText(whole), ids: encodeText(tokenizer, whole), failed };
    return { ...base, ...(rejected === undefined ? {} : { rejected: true }), ...(timedOut ? { timedOut } : {}) };
  };
  let shown = outcome;
  for (const text of [outcome.text, "error"]) {
    try {
      return { outcome: { ...shown, text }, result: inserted(text, shown) };
    } catch (thrown) {
      shown = shown.failed === null ? failedCall(call, `unwritable result: ${messageOf(thrown)}`) : shown;
    }
  }
  return { outcome: { ...shown, text: "" }, result: inserted("", shown) };
}
