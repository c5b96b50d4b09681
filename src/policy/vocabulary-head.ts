/**
 * The vocabulary's end of the model, in pieces of rows: logits [S, V] are the largest tensors by far, and a training step
 * reads some six of their size. With pieces only one is held at a time: forward keeps what each row is scored with,
 * backward computes a piece's logits again, after it is done with the piece before.
 */
import { gradients } from "../engine/gradient.ts";
import { add, after, concat, mul, scalar, slice, stopGradient, sum } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";

export interface Scores {
  readonly logprobs_S: Value;
  readonly entropies_S: Value;
}

/** Scores of the rows from `start` to `end`, given those rows of the residual stream. */
export type ScoreRows = (x_RD: Value, start: number, end: number) => Scores;

/** Elements of one piece of logits: 64 MiB. */
const PIECE_ELEMENTS = 2 ** 24;

export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** As few pieces as can be, of about equal size. */
export function piecesOf(rows: number, vocabulary: number): Piece[] {
  const count = Math.max(1, Math.ceil((rows * vocabulary) / PIECE_ELEMENTS));
  const size = Math.ceil(rows / count);
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({
    start: i * size,
    end: Math.min(rows, (i + 1) * size),
  }));
}

export function scoreInPieces(x_SD: Value, pieces: readonly Piece[], scoreRows: ScoreRows): Scores {
  const scores: Scores[] = [];
  for (const { start, end } of pieces) {
    // Scores may be wanted much later than logits: without an order all pieces would be held until then.
    const before = scores.slice(-1).flatMap(({ logprobs_S, entropies_S }) => [logprobs_S, entropies_S]);
    scores.push(scoreRows(before.reduce(after, slice(x_SD, 0, start, end)), start, end));
  }
  const joined = (part: keyof Scores): Value =>
    concat(
      scores.map((piece) => piece[part]),
      0,
    );
  return { logprobs_S: joined("logprobs_S"), entropies_S: joined("entropies_S") };
}

/** What comes back through the head: to the residual stream, and to each of `wrt`. */
export interface HeadGradient {
  readonly x_SD: Value;
  readonly wrt: readonly Value[];
}

/** `scores`: of all pieces; `received`: the loss's gradient by score, as far as it depends on it. */
export function gradientInPieces(
  x_SD: Value,
  pieces: readonly Piece[],
  scoreRows: ScoreRows,
  scores: Scores,
  received: Pick<Scores, "logprobs_S"> & Partial<Scores>,
  wrt: readonly Value[],
): HeadGradient {
  const rows: Value[] = [];
  let total: readonly Value[] = [];
  for (const { start, end } of pieces) {
    const before = rows.length === 0 ? [received.logprobs_S, scores.entropies_S] : [...total, ...rows.slice(-1)];
    // Cut off from what it was made of: that has a backward pass of its own.
    const x_RD = stopGradient(before.reduce(after, slice(x_SD, 0, start, end)));
    const again = scoreRows(x_RD, start, end);
    const sent = (score: Value, gradient_S: Value | undefined): Value =>
      gradient_S === undefined ? scalar(0) : sum(mul(score, stopGradient(slice(gradient_S, 0, start, end))), [0]);
    const both = add(sent(again.logprobs_S, received.logprobs_S), sent(again.entropies_S, received.entropies_S));
    const [dx_RD = x_RD, ...others] = gradients(both, [x_RD, ...wrt]);
    rows.push(dx_RD);
    total = others.map((part, i) => (total[i] === undefined ? part : add(total[i], part)));
  }
  return { x_SD: concat(rows, 0), wrt: total };
}
