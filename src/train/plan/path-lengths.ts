/** How long paths are: as a task's demonstrations or the data show, and at most. */
import type { AnyTask } from "../../envs/task.ts";
import { encodePrompt } from "../../chat/chat-prompt.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { randomStream } from "../../std/random.ts";
import { type DemonstrationTokens, demonstrationTokens } from "../demonstration.ts";

export interface PathLengths {
  /** Tokens before the policy's first. */
  readonly prompt: number;
  /** Tokens of a path, prompt and results included. */
  readonly path: number;
  /** Of these, what the policy writes. */
  readonly written: number;
}

export interface TaskLengths {
  readonly typical: PathLengths;
  readonly most: PathLengths;
  /** Where `typical` is from. */
  readonly source: string;
}

const LOOKED_AT = 16;

export function taskLengths(task: AnyTask, tokenizer: Tokenizer | null): TaskLengths {
  const { tokens } = task.limits;
  const most = { prompt: 0, path: tokens, written: tokens };
  const shown = tokenizer === null ? null : shownLengths(task, tokenizer);
  if (shown !== null) return { typical: shown, most, source: `${LOOKED_AT} of the task's demonstrations` };
  return {
    typical: { prompt: 0, path: Math.ceil(tokens / 2), written: Math.ceil(tokens / 2) },
    most,
    source: "half of the task's limit",
  };
}

function shownLengths(task: AnyTask, tokenizer: Tokenizer): PathLengths | null {
  const { demonstrate } = task;
  if (demonstrate === undefined) return null;
  const shown = Array.from({ length: LOOKED_AT }, (_, i) => {
    const question = task.question("train", i);
    const tokens = demonstrationTokens(question, demonstrate(question, randomStream(1, "plan", i)), tokenizer);
    return lengthsOf(tokens, encodePrompt(tokenizer, question).length);
  });
  return meanOf(shown);
}

/** Without examples: half of what they may be. */
export function dataLengths(examples: readonly DemonstrationTokens[], maxTokens: number): TaskLengths {
  const most = { prompt: 0, path: maxTokens, written: maxTokens };
  if (examples.length === 0) {
    const half = Math.ceil(maxTokens / 2);
    return { typical: { prompt: 0, path: half, written: half }, most, source: "half of data.maxTokens" };
  }
  const typical = meanOf(examples.map((tokens) => lengthsOf(tokens, 0)));
  return { typical, most, source: `the data's ${examples.length} conversations` };
}

function lengthsOf({ ids, trained }: DemonstrationTokens, prompt: number): PathLengths {
  return { prompt, path: ids.length, written: trained.filter(Boolean).length };
}

function meanOf(all: readonly PathLengths[]): PathLengths {
  const mean = (part: keyof PathLengths): number =>
    Math.ceil(all.reduce((sum, lengths) => sum + lengths[part], 0) / all.length);
  return { prompt: mean("prompt"), path: mean("path"), written: mean("written") };
}
