/**
 * The paths of a question in the order in which they were made: its roots, then round by round (AEPO-R9) its forks, or the fill-ups
 * of a round of their own. And all of a batch, in the order in which the released code's one loop makes them.
 */
import type { RolloutTree } from "./tree.ts";

export interface MadePaths {
  /** Roots that are no fill-ups. */
  readonly roots: number;
  readonly rounds: ReadonlyMap<number, MadeInRound>;
}

export interface MadeInRound {
  readonly forks: number;
  readonly fills: number;
}

/** Of a tree that has grown, in the synchronous order. */
export function madePaths({ decisions, paths }: Pick<RolloutTree, "decisions" | "paths">): MadePaths {
  const rounds = new Map<number, MadeInRound>();
  let last = -1;
  for (const { id, origin } of paths) {
    last = Math.max(last, ...decisions.filter(({ path }) => path < id).map(({ turn }) => turn));
    if (origin.kind === "root" && origin.role === "fill") rounds.set(++last, { forks: 0, fills: 1 });
  }
  for (const { turn, forks } of decisions) {
    if (forks > 0) rounds.set(turn, { forks: (rounds.get(turn)?.forks ?? 0) + forks, fills: 0 });
  }
  const fills = [...rounds.values()].reduce((sum, made) => sum + made.fills, 0);
  return { roots: paths.filter(({ origin }) => origin.kind === "root").length - fills, rounds };
}

/** Index of the question and id of the path: all roots by question, then round by round all forks and all fill-ups by question. */
export function batchOrder(questions: readonly MadePaths[]): (readonly [question: number, path: number])[] {
  const rounds = [...new Set(questions.flatMap((made) => [...made.rounds.keys()]))].sort((a, b) => a - b);
  const waves = [
    questions.map(({ roots }) => roots),
    ...rounds.flatMap((round) => [
      questions.map((made) => made.rounds.get(round)?.forks ?? 0),
      questions.map((made) => made.rounds.get(round)?.fills ?? 0),
    ]),
  ];
  const made = questions.map(() => 0);
  return waves.flatMap((wave) =>
    wave.flatMap((count, question) => {
      const first = made[question] ?? 0;
      made[question] = first + count;
      return Array.from({ length: count }, (_, i) => [question, first + i] as const);
    }),
  );
}
