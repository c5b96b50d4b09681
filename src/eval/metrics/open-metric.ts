/**
 * The metrics by name, over the parts of `src/rewards`. What is scored is the final answer of the last turn; the format must have held
 * (AEPO-W1), and what tools wrote is never read (AEPO-W4).
 */
import { normalizeAnswer } from "../../envs/grade.ts";
import type { AnyTask, Transcript } from "../../envs/task.ts";
import { exactPart, f1Part } from "../../rewards/answer-parts.ts";
import { choicePart } from "../../rewards/choice-part.ts";
import { composeReward } from "../../rewards/compose-reward.ts";
import type { JudgeSettings } from "../../rewards/judge/judge-options.ts";
import { judgePart } from "../../rewards/judge/judge-part.ts";
import { extractAnswer } from "../../rewards/math/extract-answer.ts";
import { openMathGrader } from "../../rewards/math/math-grader.ts";
import type { RewardPart } from "../../rewards/reward-part.ts";
import { AepoError } from "../../std/errors.ts";
import { finalAnswer, taggedAnswer } from "../final-answer.ts";
import type { Metric, MetricName } from "./metric.ts";

export interface MetricOptions {
  /** Reads the turns of a transcript. */
  readonly format: Pick<AnyTask, "dialect" | "tools">;
  readonly judge: JudgeSettings | null;
}

/** What of a metric is its own. */
interface Scoring extends Pick<Metric, "answerIn" | "voteOf" | "same"> {
  readonly part: RewardPart;
  /** What of the last turn is scored; null: nothing. */
  scored(turn: string): string | null;
}

type Opener = (judge: JudgeSettings | null) => Scoring;

const texts = { scored: finalAnswer, answerIn: finalAnswer, voteOf: normalVote };

const OPENERS: Readonly<Record<MetricName, Opener>> = {
  exact: () => ({ part: exactPart(), ...texts }),
  f1: () => ({ part: f1Part(), ...texts }),
  choice: () => ({ part: choicePart(), ...texts, voteOf: (answer) => letterOf(answer) ?? normalVote(answer) }),
  judge: (judge) => ({ part: judgePart(requiredJudge(judge)), ...texts }),
  math: openMath,
};

/** Throws AepoError("config") for a judge that is missing or lacks its key. */
export function openMetric(name: MetricName, { format, judge }: MetricOptions): Metric {
  const { part, scored, answerIn, voteOf, same } = OPENERS[name](judge);
  const reward = composeReward([part], { format });
  const seen = (transcript: Transcript): Transcript => {
    const { answer } = transcript;
    return { ...transcript, answer: answer === null ? null : scored(answer) };
  };
  return {
    name,
    part: part.name,
    reward: (question, transcript) => reward(question, seen(transcript)),
    answerIn,
    voteOf,
    ...(same === undefined ? {} : { same }),
    close: () => reward.close(),
  };
}

/** The grader finds the answer in the turn itself; what it finds is shown, and votes. */
function openMath(): Scoring {
  const grader = openMathGrader();
  return {
    part: {
      name: "math",
      weight: 1,
      role: "accuracy",
      range: [0, 1],
      score: async ({ answers }, { answer }) => (answer !== null && (await grader.isRight(answer, answers)) ? 1 : 0),
      close: () => grader.close(),
    },
    scored: mathAnswer,
    answerIn: (turn) => textOrNull(extractAnswer(mathAnswer(turn) ?? "")),
    voteOf: (answer) => textOrNull(answer.replaceAll(/\s+/g, "")),
    same: (a, b) => grader.isRight(b, [a]),
  };
}

const GSM8K_MARK = "####";

/** Models that learnt from GSM8K end with "#### 18". */
function mathAnswer(turn: string): string | null {
  const tagged = taggedAnswer(turn);
  const at = tagged?.lastIndexOf(GSM8K_MARK) ?? -1;
  if (tagged === null || at < 0 || tagged.includes("\\boxed")) return tagged;
  const [line = ""] = tagged.slice(at + GSM8K_MARK.length).split("\n", 1);
  return line.trim() === "" ? tagged : line.trim();
}

function normalVote(answer: string): string | null {
  return textOrNull(normalizeAnswer(answer));
}

/** "B", "(B)" and "B. the second" vote for the same. */
function letterOf(answer: string): string | null {
  return /^\W*([A-J])(?:[.:)\]]|\s*$)/.exec(answer)?.[1] ?? null;
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text;
}

function requiredJudge(judge: JudgeSettings | null): JudgeSettings {
  if (judge !== null) return judge;
  throw new AepoError("config", "this metric asks a judge, and no judge is set", {
    expected: "judge.model and, of a server that is not OpenAI's, judge.baseURL",
    fix: "--set judge.model=NAME judge.baseURL=http://…/v1, or score by another metric: --metric exact, --metric f1",
  });
}
