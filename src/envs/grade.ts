/**
 * Grading of short answers and the paper's reward (AEPO-W1 … W4). Normalisation, exact match and token F1 are those of
 * SQuAD's official script, with HotpotQA's rule for yes, no and noanswer, taken over several accepted answers.
 */
import type { AnyTool } from "../tools/tool.ts";
import type { Dialect, Question, Reward, Transcript } from "./task.ts";
import { wordsOf } from "./words.ts";

/** Lower case, no ASCII punctuation, no articles, single spaces. */
export function normalizeAnswer(text: string): string {
  const bare = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "");
  return wordsOf(bare.replace(/\b(?:a|an|the)\b/gu, " ")).join(" ");
}

/** True if the answer equals one of the accepted ones after normalisation. An answer that normalises to nothing is wrong. */
export function exactMatch(answer: string, accepted: readonly string[]): boolean {
  const given = normalizeAnswer(answer);
  return given !== "" && accepted.some((one) => normalizeAnswer(one) === given);
}

/** The best token F1 (0 … 1) of the answer against the accepted ones. */
export function tokenF1(answer: string, accepted: readonly string[]): number {
  return Math.max(0, ...accepted.map((one) => f1(normalizeAnswer(answer), normalizeAnswer(one))));
}

const wholeOnly: ReadonlySet<string> = new Set(["yes", "no", "noanswer"]);

function f1(given: string, gold: string): number {
  if (given !== gold && (wholeOnly.has(given) || wholeOnly.has(gold))) return 0;
  const goldWords = wordsOf(gold);
  const givenWords = wordsOf(given);
  const left = new Map<string, number>();
  for (const word of goldWords) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of givenWords) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return common === 0 ? 0 : (2 * common) / (givenWords.length + goldWords.length);
}

/** How good an answer is, 0 … 1, for answers in a valid format. */
export type Accuracy<Data = unknown> = (answer: string, question: Question<Data>) => number;

export interface PaperRewardOptions<Data = unknown> {
  readonly dialect: Dialect;
  readonly tools: readonly AnyTool[];
  /** AEPO-W2; token F1 over the accepted answers by default. */
  readonly accuracy?: Accuracy<Data>;
  /** AEPO-W3: added when the accuracy is above 0 and at least two different tools were used without failing. Default 0. */
  readonly multiToolBonus?: number;
}

/**
 * The paper's reward: −1 for a broken format, else accuracy and bonus. `correct` is the exact match of the whole answer
 * (accuracy 1 when the task brings its own accuracy), so F1 credit never counts as solved.
 */
export function paperReward<Data = unknown>(
  options: PaperRewardOptions<Data>,
): (question: Question<Data>, transcript: Transcript) => Reward {
  const { dialect, tools, accuracy, multiToolBonus = 0 } = options;
  return (question, transcript) => {
    const answer = transcript.answer;
    // AEPO-W1.
    if (answer === null || formatFault(transcript, dialect, tools) !== null) {
      return { total: -1, formatOk: false, correct: false, parts: { format: -1, accuracy: 0, bonus: 0 } };
    }
    // AEPO-W2.
    const score = accuracy === undefined ? tokenF1(answer, question.answers) : accuracy(answer, question);
    const correct = accuracy === undefined ? exactMatch(answer, question.answers) : score >= 1;
    // AEPO-W3.
    const used = new Set(transcript.calls.filter((call) => !call.failed).map((call) => call.tool)).size;
    const bonus = score > 0 && used >= 2 ? multiToolBonus : 0;
    return { total: score + bonus, formatOk: true, correct, parts: { format: 0, accuracy: score, bonus } };
  };
}

/**
 * AEPO-W1, AEPO-W4: what is wrong with the format of a path, or null. Every turn but the last must be a call that got a
 * result, the last one an answer. Only turns are read; results are counted, never looked into. A call that the dialect rejected
 * and answered is a call that failed: it has cost a turn, the format is not broken by it.
 */
export function formatFault(transcript: Transcript, dialect: Dialect, tools: readonly AnyTool[]): string | null {
  const { turns, results } = transcript;
  if (turns.length === 0) return "there is no turn";
  const last = turns.length - 1;
  for (const [index, turn] of turns.entries()) {
    const action = dialect.parse(turn, tools);
    if (action.kind === "invalid") return `turn ${index}: ${action.why}`;
    if (action.kind === "answer" && index < last) return `turn ${index}: it answers, but is not the last`;
    if (action.kind === "call" && index === last) return `turn ${index}: the last turn is a call, not an answer`;
    if (action.kind === "rejected" && index === last) return `turn ${index}: ${action.why}`;
  }
  return results.length === last ? null : `${last} calls have ${results.length} results`;
}
