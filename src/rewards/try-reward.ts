/** A reward tried on pairs of gold and predicted answers, with or without verdicts to agree with. */
import PQueue from "p-queue";
import { openRows } from "../data/open-rows.ts";
import { dataError, type Row, shown } from "../data/row.ts";
import type { JsonObject } from "../std/json.ts";
import { type AnyRewardPart, type PartVerdict, verdictOf } from "./reward-part.ts";

export interface Pair {
  readonly place: string;
  readonly golds: readonly string[];
  readonly pred: string;
  /** Whether the prediction is right, as somebody else judged it. */
  readonly verdict: boolean | null;
  /** The question's text and the row's other columns, for parts that look at them. */
  readonly prompt: string;
  readonly data: JsonObject;
}

/** Rows {gold, pred[, verdict][, question][, …]}; a malformed one is an error that names its place and column. */
export async function readPairs(path: string): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for await (const row of openRows(path)) pairs.push(pairOf(row));
  if (pairs.length === 0) throw dataError(path, "holds no pairs", { expected: "rows {gold, pred[, verdict]}" });
  return pairs;
}

function pairOf({ values, place }: Row): Pair {
  const { gold, pred, verdict = null, question = "" } = values;
  const golds: readonly unknown[] = Array.isArray(gold) ? gold : [gold];
  const wrong = (column: string, expected: string): Error =>
    dataError(place, `${column} is wrong`, { expected, exists: shown(values[column]) });
  if (golds.length === 0 || !golds.every((one) => typeof one === "string"))
    throw wrong("gold", "a text, or a list of texts");
  if (typeof pred !== "string") throw wrong("pred", "a text");
  if (verdict !== null && typeof verdict !== "boolean") throw wrong("verdict", "true or false, or nothing");
  if (typeof question !== "string") throw wrong("question", "a text, or nothing");
  return { place, golds, pred, verdict, prompt: question, data: values };
}

export interface PairResult {
  readonly pair: Pair;
  readonly said: PartVerdict;
}

export interface PairsFigures {
  readonly pairs: number;
  /** Shares of all pairs that have a verdict; null where none has one. */
  readonly agreement: number | null;
  /** Right for the reward, wrong for the verdict. */
  readonly falsePositives: number | null;
  readonly falseNegatives: number | null;
  readonly verdicts: number;
  /** Could not be judged; they agree with nothing. */
  readonly failed: number;
  /** Over the pairs that were judged. */
  readonly meanScore: number | null;
}

const AT_ONCE = 64;

/** In the order of the pairs. */
export async function tryReward(part: AnyRewardPart, pairs: readonly Pair[]): Promise<readonly PairResult[]> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  return queue.addAll(
    pairs.map((pair) => async () => {
      const { golds, pred, prompt, data, place } = pair;
      const question = { id: place, prompt, answers: golds, data };
      return { pair, said: await verdictOf(part, question, { turns: [pred], results: [], calls: [], answer: pred }) };
    }),
  );
}

export const isRight = ({ said }: PairResult): boolean => said !== null && "correct" in said && said.correct;
const isFailed = ({ said }: PairResult): boolean => said === null || "failed" in said;

/** Judged, and not as the verdict says. */
export function disagrees(result: PairResult): boolean {
  return result.pair.verdict !== null && (isFailed(result) || isRight(result) !== result.pair.verdict);
}

export function pairsFigures(results: readonly PairResult[]): PairsFigures {
  const judged = results.filter(({ pair }) => pair.verdict !== null);
  const share = (wanted: (result: PairResult) => boolean): number | null =>
    judged.length === 0 ? null : judged.filter(wanted).length / judged.length;
  const scores = results.flatMap(({ said }) => (said !== null && "score" in said ? [said.score] : []));
  return {
    pairs: results.length,
    agreement: share((result) => !disagrees(result)),
    falsePositives: share((result) => isRight(result) && result.pair.verdict === false),
    falseNegatives: share((result) => !isFailed(result) && !isRight(result) && result.pair.verdict === true),
    verdicts: judged.length,
    failed: results.filter(isFailed).length,
    meanScore: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
  };
}
