/**
 * Which training questions a step asks: the next ones of the task's order; of a task with a curriculum those that it does not pass
 * over, by what is known of them when the step begins.
 */
import type { AnyTask, Question } from "../envs/task.ts";
import { drawByChance } from "../data/draw-by-chance.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { RunState } from "../run/checkpoint.ts";

export interface AskedQuestions {
  /** The index-th question of the step, from 0. */
  question(index: number): Question;
  /** Where the order goes on after `count` questions. */
  next(count: number): number;
  /** Of the questions asked so far, how many were passed over before them; null without a curriculum. */
  passedOver(): number | null;
}

export function askedQuestions(task: AnyTask, state: RunState): AskedQuestions {
  const at = (index: number): Question => task.question("train", index);
  const { nextQuestion: from, seed } = state;
  if (task.curriculum === undefined) {
    return { question: (index) => at(from + index), next: (count) => from + count, passedOver: () => null };
  }
  const { rules, size } = task.curriculum;
  const known = rules.fromJson(state.curriculum ?? {});
  return drawByChance({ at, size, from, seed, chance: ({ id }) => rules.weight(known, id) });
}

/** What is known of the questions after a step: paths that could not be judged say nothing. */
export function afterAnswers(
  { curriculum }: AnyTask,
  state: RunState,
  trees: readonly RolloutTree[],
): Pick<RunState, "curriculum"> {
  if (curriculum === undefined) return {};
  const { rules } = curriculum;
  const observations = trees.map(({ question, paths }) => {
    const judged = paths.filter(({ reward }) => reward.failed === undefined);
    return { question: question.id, solved: judged.filter(({ reward }) => reward.correct).length, of: judged.length };
  });
  return { curriculum: rules.toJson(rules.observeAll(rules.fromJson(state.curriculum ?? {}), observations)) };
}
