/** What a user gives to `defineTask`: the fields and their defaults. */
import type { RandomStream } from "../std/random.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { Accuracy } from "./grade.ts";
import type {
  ChatPrompt,
  Demonstration,
  Dialect,
  Environment,
  Limits,
  Probe,
  Question,
  Reward,
  Split,
  Transcript,
} from "./task.ts";

/** A question as a definition gives it. */
export interface QuestionDraft<Data = unknown> {
  /** `train/7` (split and index) by default. */
  readonly id?: string;
  readonly prompt: string;
  /** For chat models: the conversation that their template writes instead of `prompt`. */
  readonly chat?: ChatPrompt;
  /** Accepted answers; several for a list. */
  readonly answers: string | readonly string[];
  readonly data?: Data;
}

export interface TaskDefinition<Data = unknown, State = unknown> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly description?: string;
  /** At least one. */
  readonly tools: readonly AnyTool<State>[];
  /** The index-th question of a split, pure; or `questions`. */
  readonly question?: (split: Split, index: number) => QuestionDraft<Data>;
  /** Questions as lists; indices beyond the end start over. Or `question`. */
  readonly questions?: Readonly<Record<Split, readonly QuestionDraft<Data>[]>>;
  /** The paper's tags by default. */
  readonly dialect?: Dialect;
  /** No state by default: tools get `undefined`. */
  readonly environment?: Environment<State, Data>;
  /** 8 calls, one turn more than calls, 512 tokens by default. */
  readonly limits?: Partial<Limits>;
  /** AEPO-H2: the first 20 tokens of a step by default. */
  readonly entropyWindow?: { readonly tokens: number; readonly skip?: number };
  /** One-token-a-word tasks: every word, `<pad>` first, the dialect's tags (`tagWords`) included. */
  readonly vocabulary?: readonly string[];
  /** AEPO-W2 for a valid answer, 0 … 1; 1 is correct. Token F1 by default. Or `reward`. */
  readonly accuracy?: Accuracy<Data>;
  /** AEPO-W3; 0 by default. */
  readonly multiToolBonus?: number;
  /** The whole reward, format included, instead of the paper's. */
  readonly reward?: (question: Question<Data>, transcript: Transcript) => Reward | Promise<Reward>;
  readonly demonstrate?: (question: Question<Data>, random: RandomStream) => Demonstration;
  readonly probes?: (question: Question<Data>, random: RandomStream) => readonly Probe[];
  readonly stateKey?: (question: Question<Data>, state: State) => string;
}
