/**
 * One tool call: validated, timed, and never a crash. What goes wrong (an unknown tool, a bad input, an exception, a
 * time-out) is a failed result that the policy is shown.
 */
import type { AnyTask } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { AnyTool } from "../tools/tool.ts";
import { messageOf } from "../std/errors.ts";
import type { ToolResult } from "./tree.ts";

export interface ToolCall {
  readonly tool: string;
  readonly input: string;
  /** Index of the call on its path. */
  readonly call: number;
  readonly state: unknown;
}

export interface CallOutcome {
  readonly text: string;
  readonly failed: string | null;
  readonly state: unknown;
}

export async function callTool(
  tools: readonly AnyTool[],
  request: ToolCall,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<CallOutcome> {
  const failure = (why: string): CallOutcome => ({ text: `error: ${why}`, failed: why, state: request.state });
  const tool = tools.find(({ name }) => name === request.tool);
  if (tool === undefined) return failure(`no tool "${request.tool}"; there are: ${tools.map(({ name }) => name).join(", ")}`);
  const input = tool.input.safeParse(request.input);
  if (!input.success) return failure(`bad input: ${input.error.issues.map(({ message }) => message).join("; ")}`);
  const deadline = new AbortController();
  try {
    const output = await withDeadline(deadline, timeoutMs, stop, async (signal) =>
      tool.execute(input.data, { state: request.state, call: request.call, signal }),
    );
    return typeof output === "string" ? { text: output, failed: null, state: request.state } : { ...output, failed: null };
  } catch (thrown) {
    stop.throwIfAborted();
    return failure(messageOf(thrown));
  }
}

/** Rejects when the time is up even if `work` ignores its signal. */
async function withDeadline<T>(
  deadline: AbortController,
  timeoutMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onStop = (): void => deadline.abort(stop.reason);
  stop.addEventListener("abort", onStop, { once: true });
  const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const late = new Promise<never>((_, reject) =>
    deadline.signal.addEventListener("abort", () => reject(deadline.signal.reason as Error), { once: true }),
  );
  try {
    return await Promise.race([work(deadline.signal), late]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", onStop);
  }
}

/** The result as it is inserted. A failure text that the vocabulary cannot hold is shortened until it fits. */
export function insertedResult(task: AnyTask, tokenizer: Tokenizer, call: ToolCall, outcome: CallOutcome): ToolResult {
  const texts = outcome.failed === null ? [outcome.text] : [outcome.text, "error", ""];
  let problem: unknown;
  for (const raw of texts) {
    const text = task.dialect.result(raw);
    try {
      return { tool: call.tool, input: call.input, text, ids: tokenizer.encode(text), failed: outcome.failed };
    } catch (thrown) {
      problem = thrown;
    }
  }
  throw problem;
}
