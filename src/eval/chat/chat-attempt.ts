/**
 * One attempt at a question by a model behind a chat API: the loop of a local path (turn, call, result, limits, reward) over
 * messages instead of tokens. Tools, limits and reward are the task's. A server that fails leaves a failed attempt, never a wrong one.
 */
import { gradePath } from "../../rollout/grade-path.ts";
import { type CallOutcome, callTool, type OpenCalls } from "../../rollout/call-tool.ts";
import type { EndReason } from "../../rollout/tree.ts";
import type { ChatTool } from "../../chat/chat-message.ts";
import type { Action, AnyTask, Question, Transcript } from "../../envs/task.ts";
import { plainText } from "../../policy/text-parts.ts";
import type { Clock } from "../../std/clock.ts";
import { derivedSeed } from "../../std/random.ts";
import { messageOf } from "../../std/errors.ts";
import { describeTool } from "../../tools/describe-tool.ts";
import type { Trajectory, TrajectoryTurn } from "../trajectory.ts";
import { type ApiMessage, ChatFailure, type ChatModel, type ChatTurn } from "./chat-model.ts";
import { callsInText, chatDialect, sentBack, taggedTurn, type TurnText, turnTexts } from "./turn-texts.ts";

export interface ChatAgent {
  readonly model: ChatModel;
  readonly task: AnyTask;
  readonly temperature: number;
  readonly topP: number | null;
  /** New tokens of a turn at most. */
  readonly turnTokens: number;
  readonly toolTimeoutMs: number;
  readonly seed: number;
  readonly clock: Clock;
}

/** Servers take seeds of 31 bits. */
const SEEDS = 2 ** 31;

/** Rejects only with the signal's reason, or with what would fail every attempt or must stop the run (AepoError). */
export async function attemptByChat(
  agent: ChatAgent,
  question: Question,
  sample: number,
  signal: AbortSignal,
): Promise<Trajectory> {
  const attempt = new ChatAttempt(agent, question, sample);
  const stop = (): void => attempt.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await attempt.run(signal);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

class ChatAttempt {
  private readonly agent: ChatAgent;
  private readonly question: Question;
  private readonly sample: number;
  /** Calls are written in the model's text, by the task's dialect; else they come as data. */
  private readonly inText: boolean;
  private readonly tools: readonly ChatTool[];
  private readonly running: OpenCalls = new Set();
  private readonly messages: ApiMessage[];
  private readonly turns: TrajectoryTurn[] = [];
  private readonly results: string[] = [];
  private readonly calls: Transcript["calls"][number][] = [];
  /** Milliseconds that they took. */
  private callsMs = 0;
  private state: unknown;
  private requests = 0;
  /** Null once the server has not told. */
  private input: number | null = 0;
  private output: number | null = 0;
  /** Tokens of the conversation at the end of the last turn. */
  private length: number | null = 0;

  constructor(agent: ChatAgent, question: Question, sample: number) {
    this.agent = agent;
    this.question = question;
    this.sample = sample;
    this.inText = callsInText(agent.task.dialect);
    this.tools = this.inText ? [] : agent.task.tools.map(describeTool);
    const { chat, prompt } = question;
    this.messages = chat === undefined ? [{ role: "user", content: prompt }] : chat.messages.map(asked);
  }

  abort(reason: unknown): void {
    for (const call of this.running) call.abort(reason);
  }

  async run(signal: AbortSignal): Promise<Trajectory> {
    try {
      this.state = await this.agent.task.environment.initial(this.question);
    } catch (thrown) {
      return this.finished("tool-failure", null, messageOf(thrown));
    }
    for (;;) {
      const turn = await this.ask(signal);
      if (turn instanceof ChatFailure) {
        return turn.tooLong ? this.finished("token-limit", null) : this.failed(turn.message);
      }
      const end = await this.follow(turn, signal);
      if (end !== null) return end;
    }
  }

  private async ask(signal: AbortSignal): Promise<ChatTurn | ChatFailure> {
    const { model, task, temperature, topP, turnTokens, seed } = this.agent;
    const room = task.limits.tokens - (this.length ?? 0);
    const name = [this.question.id, this.sample, this.requests++] as const;
    try {
      const turn = await model.ask(
        {
          messages: this.messages,
          tools: this.tools,
          stop: this.inText ? task.dialect.stops(task.tools) : [],
          temperature,
          topP,
          maxTokens: Math.max(1, Math.min(turnTokens, room)),
          seed: derivedSeed(seed, "eval", ...name) % SEEDS,
        },
        signal,
      );
      this.count(turn.usage);
      return turn;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ChatFailure) return thrown;
      throw thrown;
    }
  }

  private count(usage: ChatTurn["usage"]): void {
    this.input = usage === null || this.input === null ? null : this.input + usage.input;
    this.output = usage === null || this.output === null ? null : this.output + usage.output;
    this.length = usage === null ? null : usage.input + usage.output;
  }

  /** Makes the calls of a reply, one after the other; the trajectory if the path has ended with it. */
  private async follow(turn: ChatTurn, signal: AbortSignal): Promise<Trajectory | null> {
    const { dialect, tools } = this.agent.task;
    const sent = this.inText ? [] : sentBack(turn.calls);
    const tagged = this.inText ? taggedTurn(this.agent.task, turn) : null;
    this.messages.push({
      role: "assistant",
      content: tagged?.text ?? turn.content,
      ...(sent.length === 0 ? {} : { tool_calls: sent }),
    });
    for (const text of tagged === null ? turnTexts(turn) : [tagged]) {
      const action = turn.cut ? null : (this.inText ? dialect : chatDialect).parse(text.text, tools);
      this.turns.push({ text: text.text, result: null });
      if (action === null) return this.finished("token-limit", null);
      if (action.kind === "invalid") return this.finished("invalid", null, action.why);
      if (action.kind === "answer") return this.finished("answer", action.text);
      const limit = this.limitReached();
      if (limit !== null) return this.finished(limit, null);
      await this.call(text, action);
      signal.throwIfAborted();
    }
    return null;
  }

  /** As for a path of tokens: before a call is made. */
  private limitReached(): EndReason | null {
    const { limits } = this.agent.task;
    if (this.calls.length >= limits.calls) return "call-limit";
    if (this.turns.length >= limits.turns) return "turn-limit";
    return this.length !== null && this.length >= limits.tokens ? "token-limit" : null;
  }

  private async call({ call }: TurnText, action: Extract<Action, { kind: "call" | "rejected" }>): Promise<void> {
    const { task, toolTimeoutMs, clock } = this.agent;
    const { tool, input } = action;
    const rejected = action.kind === "rejected" ? { rejected: action.why } : {};
    // As the path of a policy in this process would be placed.
    const path = `eval/${task.name}/${this.question.id}/${this.sample}`;
    const place = { path, before: [...this.calls], beforeMs: this.callsMs };
    const request = { tool, input, call: this.calls.length, state: this.state, place, ...rejected };
    const startedMs = clock.nowMs();
    const outcome: CallOutcome = await callTool(task.tools, request, toolTimeoutMs, this.running);
    this.callsMs += clock.nowMs() - startedMs;
    this.state = outcome.state;
    const { text, failed } = outcome;
    this.calls.push({ tool, input, failed: failed !== null });
    this.results.push(text);
    const written = this.turns.pop();
    this.turns.push({ text: written?.text ?? "", result: { tool, input, text, failed } });
    this.messages.push(
      call === null
        ? // The call stands in the text: it has no id that a tool's message could name.
          { role: "user", content: this.inText ? plainText(task.dialect.result(text)).trim() : responseText(text) }
        : { role: "tool", tool_call_id: call.id, content: text },
    );
  }

  private failed(why: string): Trajectory {
    return { turns: this.turns, answer: null, end: "failed", why, reward: null, tokens: this.tokens() };
  }

  private async finished(end: EndReason, answer: string | null, why?: string): Promise<Trajectory> {
    const turns = this.turns.map(({ text }) => text);
    const transcript = { turns, results: this.results, calls: this.calls, answer };
    const reward = await gradePath(this.agent.task, this.question, transcript);
    const reason = why === undefined ? {} : { why };
    return { turns: this.turns, answer, end, ...reason, reward, tokens: this.tokens() };
  }

  private tokens(): Trajectory["tokens"] {
    const { input, output } = this;
    const billed = input === null || output === null ? null : { input, output };
    return { written: output, path: this.length, billed };
  }
}

/** As templates write it for models that read Hermes' calls. */
function responseText(text: string): string {
  return `<tool_response>\n${text}\n</tool_response>`;
}

/** What a task asks with: no answers and no results stand in it. */
function asked({ role, content }: { readonly role: string; readonly content: string }): ApiMessage {
  return { role: role === "system" ? "system" : "user", content };
}
