/**
 * One named, weighted part of a reward. A part looks at a finished path and says how good it was in one respect; it reads what
 * the policy wrote and answered, never what tools wrote (AEPO-W4). What it cannot judge it says so: a null where the question is
 * none of its business, a failure in words where it should have judged and could not. A failure is never a score.
 */
import type { JudgeFigures } from "../envs/judge-figures.ts";
import { messageOf } from "../std/errors.ts";
import type { Question, Transcript } from "../envs/task.ts";

/**
 * What a part is for: `accuracy` says how right the answer is; a `bonus` counts only where the accuracy is above 0 (AEPO-W3);
 * `shaping` always counts.
 */
export type PartRole = "accuracy" | "bonus" | "shaping";

export interface Judged {
  /** Within the part's range. */
  readonly score: number;
  /** Of an accuracy: whether the answer counts as solved. By default: the score is at least 1. */
  readonly correct?: boolean;
}

export interface Unjudged {
  /** Why it could not be judged, e.g. "the judge did not answer: 429 after 4 attempts". */
  readonly failed: string;
}

/** A number is a score. Null: the part has nothing to say about this question. */
export type PartResult = number | null | Judged | Unjudged;

export interface RewardPart<Data = unknown> {
  /** As it stands in logs; unique within a reward. */
  readonly name: string;
  /** The score times this is added to the total. 0: only logged. */
  readonly weight: number;
  readonly role: PartRole;
  /** Lowest and highest score; what lies outside is a failure. */
  readonly range: readonly [lowest: number, highest: number];
  score(question: Question<Data>, transcript: Transcript): PartResult | Promise<PartResult>;
  /** Of a judge: what it did since this was last asked. */
  takeFigures?(): JudgeFigures;
  /** Gives back what it holds (a worker, a cache file). */
  close?(): Promise<void>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- rooms that only carry parts do not know a task's data.
export type AnyRewardPart = RewardPart<any>;

/** What a part said, checked. */
export type PartVerdict = Required<Judged> | Unjudged | null;

/** Asks a part. Never throws and never rejects: what goes wrong inside a part is a failure with the part's name. */
export function verdictOf(
  part: AnyRewardPart,
  question: Question,
  transcript: Transcript,
): PartVerdict | Promise<PartVerdict> {
  try {
    const result = part.score(question, transcript);
    if (!(result instanceof Promise)) return checked(part, result);
    return result.then(
      (late) => checked(part, late),
      (thrown: unknown) => failure(part, messageOf(thrown)),
    );
  } catch (thrown) {
    return failure(part, messageOf(thrown));
  }
}

function checked(part: AnyRewardPart, result: PartResult): PartVerdict {
  if (result === null) return null;
  if (typeof result === "object" && "failed" in result) return failure(part, result.failed);
  const { score, correct = score >= 1 } = typeof result === "number" ? { score: result } : result;
  const [lowest, highest] = part.range;
  if (score >= lowest && score <= highest) return { score, correct };
  return failure(part, `a score of ${score}, outside ${lowest} … ${highest}`);
}

function failure({ name }: AnyRewardPart, why: string): Unjudged {
  return { failed: `${name}: ${why}` };
}
