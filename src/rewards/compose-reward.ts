/**
 * A reward made of parts. The total is −1 (or another penalty) where the format is broken (AEPO-W1; then no part is asked), else
 * the sum of the parts' scores times their weights, bonuses only where the accuracy is above 0 (AEPO-W3). Each part is logged by
 * itself, before its weight. Where a part could not judge, the whole reward says `failed`.
 */
import { formatFault } from "../envs/grade.ts";
import type { JudgeLedger } from "../envs/judge-figures.ts";
import type { Dialect, Question, Reward, Transcript } from "../envs/task.ts";
import { AepoError } from "../std/errors.ts";
import type { AnyTool } from "../tools/tool.ts";
import { type AnyRewardPart, type PartVerdict, verdictOf } from "./reward-part.ts";

/** What is wrong with the form of a path, or null. */
export type FormatCheck = (transcript: Transcript) => string | null;

export interface ComposeOptions {
  /** AEPO-W1. A dialect and tools: the turns must be calls that got results, then one answer. */
  readonly format: FormatCheck | { readonly dialect: Dialect; readonly tools: readonly AnyTool[] };
  /** Total of a path whose format is broken; −1 by default. */
  readonly formatPenalty?: number;
  /** Name of the accuracy part that says what is correct (what Pass@k counts). By default all that apply must say so. */
  readonly correct?: string;
}

/** A reward as a task wants it, at once where no part waits; `close` closes its parts. */
export interface ComposedReward {
  (question: Question, transcript: Transcript): Reward | Promise<Reward>;
  close(): Promise<void>;
  /** What its judges did since this was last asked; undefined: it has none. */
  takeJudgeFigures(): JudgeLedger | undefined;
}

/** Throws AepoError("config") for parts that contradict each other. */
export function composeReward(parts: readonly AnyRewardPart[], options: ComposeOptions): ComposedReward {
  checkParts(parts, options);
  const { format, formatPenalty = -1 } = options;
  const faultOf = typeof format === "function" ? format : (path: Transcript) => dialectFault(path, format);
  const reward = (question: Question, transcript: Transcript): Reward | Promise<Reward> => {
    if (faultOf(transcript) !== null) {
      const silent = Object.fromEntries(parts.map(({ name }) => [name, 0]));
      return { total: formatPenalty, formatOk: false, correct: false, parts: { format: formatPenalty, ...silent } };
    }
    const verdicts = parts.map((part) => verdictOf(part, question, transcript));
    if (verdicts.some((verdict) => verdict instanceof Promise)) {
      return Promise.all(verdicts.map(async (verdict) => verdict)).then((all) => summed(parts, all, options));
    }
    return summed(parts, verdicts as PartVerdict[], options);
  };
  const close = async (): Promise<void> => {
    await Promise.all(parts.map(async (part) => part.close?.()));
  };
  const judges = parts.flatMap(({ name, takeFigures }) => (takeFigures === undefined ? [] : [{ name, takeFigures }]));
  const takeJudgeFigures = (): JudgeLedger | undefined =>
    judges.length === 0 ? undefined : Object.fromEntries(judges.map((judge) => [judge.name, judge.takeFigures()]));
  return Object.assign(reward, { close, takeJudgeFigures });
}

function dialectFault(
  transcript: Transcript,
  { dialect, tools }: { readonly dialect: Dialect; readonly tools: readonly AnyTool[] },
): string | null {
  return transcript.answer === null ? "there is no answer" : formatFault(transcript, dialect, tools);
}

function summed(parts: readonly AnyRewardPart[], verdicts: readonly PartVerdict[], options: ComposeOptions): Reward {
  const failures = verdicts.flatMap((verdict) => (verdict !== null && "failed" in verdict ? [verdict.failed] : []));
  const said = parts.flatMap((part, i) => {
    const verdict = verdicts[i];
    return verdict === undefined || verdict === null || "failed" in verdict ? [] : [{ part, ...verdict }];
  });
  const accuracies = said.filter(({ part }) => part.role === "accuracy");
  // AEPO-W2.
  const accuracy = weighted(accuracies);
  if (accuracies.length === 0 && failures.length === 0) failures.push("no part could say whether the answer is right");
  // AEPO-W3.
  const extra = weighted(said.filter(({ part }) => part.role === "shaping" || (part.role === "bonus" && accuracy > 0)));
  const deciding = accuracies.filter(({ part }) => options.correct === undefined || options.correct === part.name);
  const correct = deciding.length > 0 && deciding.every((one) => one.correct);
  const logged = Object.fromEntries(said.map(({ part, score }) => [part.name, score]));
  const base = { formatOk: true, parts: { format: 0, ...logged } };
  if (failures.length === 0) return { ...base, total: accuracy + extra, correct };
  return { ...base, total: 0, correct: false, failed: failures.join("; ") };
}

function weighted(said: readonly { readonly part: AnyRewardPart; readonly score: number }[]): number {
  return said.reduce((sum, { part, score }) => sum + part.weight * score, 0);
}

function checkParts(parts: readonly AnyRewardPart[], { correct }: ComposeOptions): void {
  const names = parts.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw partError(`two parts are named "${twice}"`, { fix: "give one of them another name" });
  if (names.includes("format")) throw partError('a part is named "format", which is the format\'s own');
  const odd = parts.find(({ weight }) => !Number.isFinite(weight));
  if (odd !== undefined) throw partError(`the weight of ${odd.name} is ${odd.weight}`, { expected: "a finite number" });
  const accuracies = parts.filter(({ role }) => role === "accuracy").map(({ name }) => name);
  if (accuracies.length === 0) {
    throw partError("no part says whether the answer is right", {
      expected: "at least one accuracy: exact, f1, math, choice, json, code or judge",
      exists: names.join(", "),
    });
  }
  if (correct !== undefined && !accuracies.includes(correct)) {
    throw partError(`no accuracy is named "${correct}" (correct)`, { exists: accuracies.join(", ") });
  }
}

function partError(what: string, details: { expected?: string; exists?: string; fix?: string } = {}): AepoError {
  return new AepoError("config", `the reward contradicts itself: ${what}`, details);
}
