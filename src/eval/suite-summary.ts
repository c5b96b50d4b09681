/**
 * The figures of a suite, for all its questions and for each level: pass@k, avg@k and maj@k with 95 % intervals over questions, what a
 * question took, and what went wrong how often. Pure. Attempts that could not be judged enter nothing; a question with fewer than k
 * judged ones does not enter the figures at k, and how many entered is said.
 */
import type { AttemptRecord, QuestionRecord } from "./attempt-record.ts";
import { ERROR_CLASSES, type ErrorClass, isScored } from "./error-class.ts";
import { majorityAtK } from "./majority.ts";
import { bootstrapMean, type Interval, passAtK } from "./pass-at-k.ts";

export interface SuiteSummary {
  readonly suite: string;
  readonly metric: string;
  readonly all: GroupSummary;
  /** Where the data names levels, in their order. */
  readonly levels: readonly (GroupSummary & { readonly level: string })[];
}

export interface GroupSummary {
  readonly questions: number;
  readonly attempts: number;
  readonly atK: readonly FiguresAtK[];
  /** Shares of attempts in which a mean could be taken; null: of none. */
  readonly perAttempt: PerAttempt;
  /** Attempts by what went wrong; `right` is the rest. */
  readonly errors: Readonly<Record<ErrorClass, number>>;
  readonly right: number;
}

export interface FiguresAtK {
  readonly k: number;
  /** Questions with at least k judged attempts. */
  readonly questions: number;
  /** Null: there are none. */
  readonly pass: Interval | null;
  /** Mean score of k attempts: the same expectation for every k, over the questions that have as many. */
  readonly avg: Interval | null;
  readonly maj: Interval | null;
}

/** Means over the attempts at a question; null where nothing was measured. */
export interface PerAttempt {
  readonly toolCalls: number | null;
  readonly failedCalls: number | null;
  readonly tokensWritten: number | null;
  readonly tokensPath: number | null;
  /** All attempts at a question together. */
  readonly costPerQuestion: number | null;
  readonly cost: number | null;
}

export interface Prices {
  readonly input: number;
  readonly output: number;
}

export interface SummaryOptions {
  readonly k: readonly number[];
  readonly seed: number;
  /** For a million tokens. */
  readonly price: Prices | null;
}

export function summariseSuite(
  suite: string,
  metric: string,
  records: readonly QuestionRecord[],
  options: SummaryOptions,
): SuiteSummary {
  const levels = [...new Set(records.flatMap(({ level }) => level ?? []))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  return {
    suite,
    metric,
    all: summariseGroup(records, options),
    levels: levels.map((level) => ({
      level,
      ...summariseGroup(
        records.filter((record) => record.level === level),
        options,
      ),
    })),
  };
}

export function summariseGroup(records: readonly QuestionRecord[], options: SummaryOptions): GroupSummary {
  const attempts = records.flatMap((record) => record.attempts);
  const errors = Object.fromEntries(
    ERROR_CLASSES.map((name) => [name, attempts.filter(({ error }) => error === name).length]),
  ) as Record<ErrorClass, number>;
  return {
    questions: records.length,
    attempts: attempts.length,
    atK: options.k.map((k) => figuresAtK(records, k, options.seed)),
    perAttempt: perAttempt(records, options.price),
    errors,
    right: attempts.filter(({ error }) => error === null).length,
  };
}

/** The judged attempts at each question. */
export function scoredAttempts({ attempts }: QuestionRecord): readonly AttemptRecord[] {
  return attempts.filter(({ error }) => isScored(error));
}

function figuresAtK(records: readonly QuestionRecord[], k: number, seed: number): FiguresAtK {
  const counted = records.map(scoredAttempts).filter((attempts) => attempts.length >= k);
  const over = (value: (attempts: readonly AttemptRecord[]) => number): Interval | null =>
    counted.length === 0 ? null : bootstrapMean(counted.map(value), seed);
  return {
    k,
    questions: counted.length,
    pass: over((attempts) => passAtK(attempts.length, attempts.filter(({ correct }) => correct).length, k)),
    avg: over(meanScore),
    maj: over((attempts) =>
      majorityAtK(
        attempts.map(({ vote, correct }) => ({ answer: vote, correct })),
        k,
      ),
    ),
  };
}

export function meanScore(attempts: readonly AttemptRecord[]): number {
  return attempts.reduce((sum, { score }) => sum + (score ?? 0), 0) / attempts.length;
}

function perAttempt(records: readonly QuestionRecord[], price: Prices | null): PerAttempt {
  const attempts = records.flatMap((record) => record.attempts);
  const judged = attempts.filter(({ error }) => isScored(error));
  const results = judged.map(({ turns }) => turns.flatMap(({ result }) => (result === null ? [] : [result])));
  const costs = records.map((record) => record.attempts.map((attempt) => costOf(attempt, price)));
  const perQuestion = costs.map((list) =>
    list.includes(null) ? null : list.reduce<number>((sum, x) => sum + (x ?? 0), 0),
  );
  return {
    toolCalls: meanOf(results.map((list) => list.length)),
    failedCalls: meanOf(results.map((list) => list.filter(({ failed }) => failed !== null).length)),
    tokensWritten: meanOf(judged.map(({ tokens }) => tokens.written)),
    tokensPath: meanOf(judged.map(({ tokens }) => tokens.path)),
    costPerQuestion: meanOf(perQuestion),
    cost: perQuestion.some((cost) => cost !== null) ? perQuestion.reduce<number>((sum, x) => sum + (x ?? 0), 0) : null,
  };
}

function costOf({ tokens: { billed } }: AttemptRecord, price: Prices | null): number | null {
  if (billed === null || price === null) return null;
  return (billed.input * price.input + billed.output * price.output) / 1e6;
}

/** Of those that were measured. */
function meanOf(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null);
  return measured.length === 0 ? null : measured.reduce((sum, x) => sum + x, 0) / measured.length;
}
