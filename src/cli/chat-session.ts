/** What a line of the user does: a command, a message to a chat model, or a question of a task. */
import type { ChatMessage } from "../chat/chat-message.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { LiveSampler } from "../policy/policy.ts";
import type { Shaping } from "../policy/shaping.ts";
import type { StopConditions, Tokenizer } from "../policy/tokenizer.ts";
import { visible, visibleLine } from "../report/visible.ts";
import { AepoError } from "../std/errors.ts";
import { derivedSeed } from "../std/random.ts";
import { isChatModel, newConversation, said, turnEnds, withoutEnd } from "./chat-conversation.ts";
import { type Paint, ShownText } from "./chat-paint.ts";
import { type Continuation, streamSample } from "./chat-stream.ts";
import { answerQuestion } from "./chat-task.ts";
import { printJson } from "./options.ts";

const TOOL_TIMEOUT_MS = 30_000;

export interface ChatSessionOptions {
  readonly policy: { openSampler(): LiveSampler };
  readonly tokenizer: Tokenizer;
  readonly task: AnyTask | null;
  readonly settings: {
    readonly temperature: number;
    readonly shaping: Shaping;
    readonly maxTokens: number;
    readonly system?: string | undefined;
  };
  readonly seed: number;
  readonly contextTokens: number;
  readonly paint: Paint;
  readonly json: boolean;
}

export class ChatSession {
  private readonly options: ChatSessionOptions;
  private readonly sampler: LiveSampler;
  private conversation: readonly ChatMessage[];
  /** Whose world questions of the user are asked in. */
  private world = 0;
  private seed: number;
  /** Replies since the seed was set: each has draws of its own. */
  private replies = 0;

  constructor(options: ChatSessionOptions) {
    this.options = options;
    this.seed = options.seed;
    this.sampler = options.policy.openSampler();
    this.conversation = newConversation(options.settings.system);
  }

  close(): Promise<void> {
    return this.sampler.close();
  }

  /** False: the user wants to end. */
  async answer(line: string, signal: AbortSignal): Promise<boolean> {
    const { task } = this.options;
    const [command = "", argument = ""] = line.split(/\s+/u);
    if (command === "/quit") return false;
    if (command === "/reset") this.conversation = newConversation(this.options.settings.system);
    else if (command === "/seed") [this.seed, this.replies] = [wholeNumber(line, argument), 0];
    else if (command === "/question" && task !== null) {
      this.world = wholeNumber(line, argument);
      const question = task.question("test", this.world);
      process.stderr.write(`${visible(question.prompt)}\n`);
      await this.ask(task, question, true, signal);
    } else if (command.startsWith("/")) {
      const known = `${task === null ? "" : "/question N, "}/reset, /seed N or /quit`;
      throw new AepoError("run", `${command}: no such command here`, { expected: known });
    } else if (task === null) await this.reply(line, signal);
    else await this.ask(task, ownQuestion(task, this.world, line), false, signal);
    return true;
  }

  /** What was drawn of a reply that was stopped stays in the conversation. */
  private async reply(line: string, signal: AbortSignal): Promise<void> {
    const { tokenizer, settings, json } = this.options;
    if (!isChatModel(tokenizer)) return;
    const asked = said(this.conversation, "user", line);
    const ids = tokenizer.encodeChat(asked, { addGenerationPrompt: true });
    const ends = turnEnds(tokenizer);
    const stops = { stop: ends.map((id) => [id]), stopTexts: [] };
    const reply = await this.write(ids, stops, settings.maxTokens, this.nextSeed(), signal, ends);
    const text = tokenizer.decode(withoutEnd(reply.ids, ends));
    this.conversation = said(asked, "assistant", text);
    if (json) printJson({ text, ...reply });
  }

  private async ask(task: AnyTask, question: Question, isGraded: boolean, signal: AbortSignal): Promise<void> {
    const { tokenizer, settings, json } = this.options;
    const seed = this.nextSeed();
    const { correct, unjudged, ...reply } = await answerQuestion(
      {
        task,
        tokenizer,
        toolTimeoutMs: TOOL_TIMEOUT_MS,
        write: (ids, stops, room, turn) =>
          this.write(ids, stops, Math.min(room, settings.maxTokens), derivedSeed(seed, turn), signal),
        read: ({ tool, input, text }) =>
          this.show(`→ ${visibleLine(tool)}: ${visibleLine(input)}\n${visible(text).trim()}\n`),
      },
      question,
    );
    const graded = isGraded && unjudged === undefined;
    if (json) printJson({ ...reply, ...(graded ? { correct } : {}), ...(isGraded && !graded ? { unjudged } : {}) });
    else this.show(`${verdict(reply, graded ? { correct, answers: question.answers } : null)}\n`);
    if (isGraded && !graded && !json) this.show(`nobody could judge it: ${visibleLine(unjudged ?? "")}\n`);
  }

  private async write(
    ids: readonly number[],
    stops: StopConditions,
    maxTokens: number,
    seed: number,
    signal: AbortSignal,
    hidden: readonly number[] = [],
  ): Promise<Continuation> {
    const { tokenizer, paint, contextTokens, settings } = this.options;
    const text = new ShownText(tokenizer, paint);
    const { temperature, shaping } = settings;
    const request = { ids, ...stops, maxTokens, temperature, shaping, seed, contextTokens };
    const drawn = await streamSample(this.sampler, request, signal, ({ id, entropy }) => {
      if (!hidden.includes(id)) this.show(text.push(id, entropy));
    });
    this.show(`${text.end()}\n`);
    return drawn;
  }

  private nextSeed(): number {
    return derivedSeed(this.seed, "reply", this.replies++);
  }

  /** With --json stdout is for JSON alone. */
  private show(text: string): void {
    (this.options.json ? process.stderr : process.stdout).write(text);
  }
}

/** The user's words in the world of a held-out question; nobody knows the right answer. */
function ownQuestion(task: AnyTask, world: number, prompt: string): Question {
  const { chat, ...question } = task.question("test", world);
  if (chat === undefined) return { ...question, prompt };
  const last = chat.messages.findLastIndex(({ role }) => role === "user");
  const messages = chat.messages.map((message, i) => (i === last ? { ...message, content: prompt } : message));
  return { ...question, prompt, chat: { ...chat, messages } };
}

function verdict(
  { answer, end }: { readonly answer: string | null; readonly end: string },
  graded: { readonly correct: boolean; readonly answers: readonly string[] } | null,
): string {
  if (end === "interrupted") return "stopped";
  if (graded?.correct === true) return "✓ right";
  const ending = answer === null ? `no answer (${end})` : `answered: ${visibleLine(answer)}`;
  return graded === null ? ending : `✕ wrong: ${ending}; right is ${graded.answers.join(" or ")}`;
}

function wholeNumber(line: string, text: string): number {
  if (/^\d+$/u.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new AepoError("run", `${line}: not a number`, { expected: "a whole number from 0" });
}
