/** A policy answers one question of a task with the task's own tools, shown as it happens. */
import { encodePrompt } from "../chat/chat-prompt.ts";
import { endTokens } from "../envs/dialects/end-tokens.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { callTool, insertedResult } from "../rollout/call-tool.ts";
import { gradePath } from "../rollout/grade-path.ts";
import { addResult, addTurn, newRoot, transcriptOf } from "../rollout/live-path.ts";
import { afterTurn, readTurn, turnStops } from "../rollout/turn.ts";
import type { EndReason, ToolResult } from "../rollout/tree.ts";
import type { StopConditions } from "../policy/tokenizer.ts";
import type { Continuation } from "./chat-stream.ts";

export interface TaskSession {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly toolTimeoutMs: number;
  /** Samples and shows one turn. */
  write(ids: readonly number[], stops: StopConditions, maxTokens: number, turn: number): Promise<Continuation>;
  /** Shows a result. */
  read(result: ToolResult): void;
}

export interface TaskReply extends Omit<Continuation, "finish"> {
  /** Of all turns, results left out. */
  readonly text: string;
  readonly calls: readonly { readonly tool: string; readonly input: string; readonly result: string }[];
  readonly answer: string | null;
  readonly correct: boolean;
  /** Why nobody could say whether it is right. */
  readonly unjudged?: string;
  readonly end: EndReason | "interrupted";
}

export async function answerQuestion(session: TaskSession, question: Question): Promise<TaskReply> {
  const { task, tokenizer, toolTimeoutMs } = session;
  const path = newRoot(0, "fill", 0, encodePrompt(tokenizer, question));
  const stops = turnStops(task, tokenizer, question);
  const shown: { tool: string; input: string; result: string }[] = [];
  const written: { ids: number[]; logprobs: number[]; entropies: number[] } = { ids: [], logprobs: [], entropies: [] };
  path.state = await task.environment.initial(question);
  const finished = async (end: TaskReply["end"]): Promise<TaskReply> => {
    const { correct, failed } = await gradePath(task, question, transcriptOf(path));
    const unjudged = failed === undefined ? {} : { unjudged: failed };
    return { text: path.turns.join("\n"), ...written, calls: shown, answer: path.answer, correct, ...unjudged, end };
  };
  for (;;) {
    const room = task.limits.tokens - path.ids.length;
    if (room < 1) return finished("token-limit");
    const { finish, ...sample } = await session.write(path.ids, stops, room, path.turns.length);
    written.ids.push(...sample.ids);
    written.logprobs.push(...sample.logprobs);
    written.entropies.push(...sample.entropies);
    const turn = readTurn(task, tokenizer, { id: "", ...sample, finish: finish === "stop" ? "stop" : "length" });
    addTurn(path, 0, turn);
    if (finish === "interrupted") return finished("interrupted");
    const next = afterTurn(task.limits, path, turn);
    if (typeof next === "string") return finished(next);
    const { tool, input } = next;
    const rejected = next.kind === "rejected" ? { rejected: next.why } : {};
    const call = { tool, input, call: path.calls.length, state: path.state, ...rejected };
    const ended = endTokens(task.dialect, tokenizer).includes(turn.ids.at(-1) ?? -1);
    const made = await callTool(task.tools, call, toolTimeoutMs, new Set());
    const { outcome, result } = insertedResult(task.dialect, tokenizer, call, made, ended);
    session.read(result);
    shown.push({ tool, input, result: outcome.text });
    addResult(path, call, outcome, result);
  }
}
