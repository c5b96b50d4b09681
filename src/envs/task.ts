/**
 * The task contract: questions, tools, how a turn is read, and the reward. A task is a value; it knows nothing of
 * policies, trees or algorithms. `conformance` of a task: its demonstrations parse, get the format reward and, when
 * careful, the full one.
 */
import type { JudgeLedger } from "./judge-figures.ts";
import type { ChatPrompt } from "../chat/chat-prompt.ts";
import type { Curriculum } from "../data/curriculum.ts";
import type { TextPart } from "../policy/text-parts.ts";
import type { DataQuestion } from "../data/question-set.ts";
import type { RandomStream } from "../std/random.ts";
import type { LedgerFigures } from "../tools/around/ledger.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { Dialect } from "./dialects/dialect.ts";

export type { Action, Dialect } from "./dialects/dialect.ts";
export type { ChatPrompt } from "../chat/chat-prompt.ts";

export type Split = "train" | "test";

/** One question. `data` is the task's own (a world, gold facts) and must be derivable from the id alone. */
export interface Question<Data = unknown> {
  readonly id: string;
  /** The question as a reader sees it, and what the policy's first turn follows unless there is a `chat`. */
  readonly prompt: string;
  /** The conversation that the model's chat template writes before the policy's first turn, instead of `prompt`. */
  readonly chat?: ChatPrompt;
  /** Accepted answers. */
  readonly answers: readonly string[];
  readonly data: Data;
}

/** A finished path, as the reward sees it (AEPO-W4: what tools wrote is kept apart). */
export interface Transcript {
  /** What the policy wrote, one text a turn. */
  readonly turns: readonly string[];
  /** Tool results between them; one fewer than turns, or as many when a limit cut the path after a result. */
  readonly results: readonly string[];
  /** Tools called, in order. */
  readonly calls: readonly { readonly tool: string; readonly input: string; readonly failed: boolean }[];
  /** The answer, if the last turn gave one. */
  readonly answer: string | null;
}

export interface Reward {
  readonly total: number;
  /** AEPO-W1. */
  readonly formatOk: boolean;
  /** The whole answer is right after normalisation: what Pass@k counts. F1 credit is for `total` alone. */
  readonly correct: boolean;
  /** Named parts, for the log. */
  readonly parts: Readonly<Record<string, number>>;
  /** Why the path could not be judged (a judge that does not answer): it is recorded, and never counts as anything, not as 0 either. */
  readonly failed?: string;
}

/** State of the world on one path (AEPO-R8). Without `fork`, `replayable` says that calls may be run again instead. */
export interface Environment<State, Data = unknown> {
  initial(question: Question<Data>): State | Promise<State>;
  fork?(state: State): State | Promise<State>;
  readonly replayable?: boolean;
}

/** A scripted run of a question: alternating policy text (trained) and tool results (masked), after the prompt. */
export interface Demonstration {
  readonly parts: readonly DemonstrationPart[];
}

export interface DemonstrationPart {
  readonly by: "policy" | "tool";
  readonly text: string;
  /** The same text where it has special tokens; without it all of it is plain. */
  readonly parts?: readonly TextPart[];
}

/** After `prefix` (prompt included) a policy that can copy writes exactly `expected`. */
export interface Probe {
  readonly prefix: string;
  readonly expected: string;
}

export interface Limits {
  /** Turns the policy may take. */
  readonly turns: number;
  /** Tool calls. */
  readonly calls: number;
  /** Tokens of a path, prompt and results included. */
  readonly tokens: number;
}

export interface Task<Data = unknown, State = unknown> {
  readonly name: string;
  readonly description: string;
  readonly tools: readonly AnyTool<State>[];
  readonly dialect: Dialect;
  readonly environment: Environment<State, Data>;
  readonly limits: Limits;
  /** Entropy window of AEPO-H2 that suits the task's turns. */
  readonly entropyWindow: { readonly tokens: number; readonly skip: number };
  /** Every word of a one-token-a-word task, for policies made from scratch. */
  readonly vocabulary?: readonly string[];
  /** The index-th question of a split: pure, the same for every run and method. Splits share no entity. */
  question(split: Split, index: number): Question<Data>;
  /** A question from elsewhere, asked as the task asks its own: for evaluation on other sets. */
  ask?(question: DataQuestion): Question<Data>;
  /** One that takes time (a judge, tests that are run) gives a promise. What it throws is a path that could not be judged. */
  reward(question: Question<Data>, transcript: Transcript): Reward | Promise<Reward>;
  /** A scripted run for the cold start. */
  demonstrate?(question: Question<Data>, random: RandomStream): Demonstration;
  /** Readiness probes of a cold start: a prefix of a run and what must follow it (a fact that stands on the page). */
  probes?(question: Question<Data>, random: RandomStream): readonly Probe[];
  /** Asks less of what is always or never solved: by which rules, and how many training questions there are. */
  readonly curriculum?: { readonly rules: Curriculum; readonly size: number };
  /** What the tools did since this was last asked, for tasks whose tools keep a ledger. */
  takeToolFigures?(): LedgerFigures;
  /** What the judges of the reward did since this was last asked, for tasks that have some. */
  takeJudgeFigures?(): JudgeLedger;
  /** The state a step starts from, without counters (for methods that group steps by state). */
  stateKey?(question: Question<Data>, state: State): string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- rooms that only carry a task do not know its data and state types.
export type AnyTask = Task<any, any>;
