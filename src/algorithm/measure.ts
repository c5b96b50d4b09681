/** All figures of aepo.md §7 for one training step, and the warnings: a mechanism that is on and did nothing says so. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import { stepEntropy } from "../rollout/entropy.ts";
import { isJudged } from "../rollout/grade-path.ts";
import { withoutLost } from "../rollout/lost-paths.ts";
import { type RolloutTree, walk } from "../rollout/tree.ts";
import { hasSpread, moments } from "./advantage.ts";
import type { Algorithm, GroupCredit } from "./algorithm.ts";
import type {
  DiversityFigures,
  EntropyEstimate,
  EntropyFigures,
  LedgerFigures,
  LengthFigures,
  RewardFigures,
  StepFigures,
} from "./figures.ts";
import { measureBranching, measureBudget } from "./measure-branching.ts";
import { measureClip, measureFactor, type UpdateOutcome } from "./measure-clip.ts";
import { type Draws, idleMechanisms, lostPaths, shortBatch, unjudgedGroups } from "./warnings.ts";

export type { UpdateOutcome };

export interface StepMeasurements {
  readonly algorithm: Algorithm;
  readonly trees: readonly RolloutTree[];
  readonly credits: readonly GroupCredit[];
  readonly updates: readonly UpdateOutcome[];
  /** Rounds of questions, and groups wanted: for a method that draws again. */
  readonly draws?: Draws;
  /** AEPO-H4; null: entropies are of the full distribution. */
  readonly estimate?: EntropyEstimate | null;
  readonly tokenizer: Pick<Tokenizer, "token">;
}

export function measureStep(measurements: StepMeasurements): StepFigures {
  const { algorithm, trees, credits, updates, draws, estimate = null, tokenizer } = measurements;
  const drawsAgain = (algorithm.maxDraws ?? 1) > 1 ? draws : undefined;
  const method = {
    ...(drawsAgain === undefined ? {} : { rounds: drawsAgain.rounds }),
    ...algorithm.figures?.(trees, credits),
  };
  const figures = {
    reward: measureReward(trees, credits),
    budget: measureBudget(trees),
    branch: measureBranching(trees),
    clip: measureClip(algorithm, updates, tokenizer),
    factor: measureFactor(updates),
    entropy: { ...measureEntropy(algorithm, trees), ...(estimate === null ? {} : { estimate }) },
    diversity: measureDiversity(trees),
    length: measureLength(trees),
    ledger: measureLedger(trees, updates),
    ...(Object.keys(method).length === 0 ? {} : { method }),
  };
  const { reward } = figures;
  return {
    ...figures,
    warnings: [
      ...unjudgedGroups(reward, trees.map(withoutLost)),
      ...lostPaths(trees),
      ...shortBatch(reward, drawsAgain),
      ...idleMechanisms(algorithm, figures),
    ],
  };
}

function measureReward(grown: readonly RolloutTree[], credits: readonly GroupCredit[]): RewardFigures {
  const trees = grown.map(withoutLost);
  const all = trees.flatMap(({ paths }) => paths.map(({ reward }) => reward));
  const rewards = all.filter(({ failed }) => failed === undefined);
  const judged = trees.filter(isJudged);
  const { mean, std } = moments(rewards.map(({ total }) => total));
  const share = (flags: readonly boolean[]): number =>
    flags.length === 0 ? 0 : flags.filter(Boolean).length / flags.length;
  return {
    mean,
    std,
    correctShare: share(rewards.map(({ correct }) => correct)),
    formatShare: share(rewards.map(({ formatOk }) => formatOk)),
    flatGroupShare: share(judged.map((tree) => !hasSpread(tree))),
    groups: trees.length,
    groupsKept: credits.length,
    ...(judged.length === trees.length
      ? {}
      : { unjudged: { paths: all.length - rewards.length, groups: trees.length - judged.length } }),
  };
}

function measureEntropy(algorithm: Algorithm, trees: readonly RolloutTree[]): EntropyFigures {
  const turns = trees.flatMap(({ nodes }) => nodes.flatMap(({ turn }) => turn ?? []));
  const after = trees.flatMap(({ nodes }) =>
    nodes.flatMap(({ turn, parent }) =>
      turn === null || parent === 0 ? [] : (stepEntropy(turn.entropies, algorithm.growth) ?? []),
    ),
  );
  return {
    policy: moments(turns.flatMap(({ entropies }) => entropies)).mean,
    afterResult: after.length === 0 ? null : moments(after).mean,
  };
}

function measureDiversity(trees: readonly RolloutTree[]): DiversityFigures {
  const perGroup = trees.map((tree) => {
    const runs = tree.paths.map(({ leaf }) => walk(tree, leaf));
    const answers = runs.map((nodes) => {
      const action = nodes.at(-1)?.turn?.action;
      return action?.kind === "answer" ? action.text : "";
    });
    const calls = runs.map((nodes) =>
      nodes.flatMap(({ result }) => (result === null ? [] : `${result.tool} ${result.input}`)).join("; "),
    );
    const texts = runs.map((nodes) => nodes.map(({ turn, result }) => `${turn?.text} ${result?.text}`).join(" "));
    return {
      answers: new Set(answers.filter((answer) => answer !== "")).size,
      calls: new Set(calls).size,
      duplicates: texts.length - new Set(texts).size,
    };
  });
  return {
    distinctAnswers: moments(perGroup.map(({ answers }) => answers)).mean,
    distinctCallSequences: moments(perGroup.map(({ calls }) => calls)).mean,
    duplicatePaths: moments(perGroup.map(({ duplicates }) => duplicates)).mean,
  };
}

function measureLength(trees: readonly RolloutTree[]): LengthFigures {
  const runs = trees.flatMap((tree) =>
    tree.paths.map(({ leaf }) => walk(tree, leaf).flatMap(({ turn }) => turn ?? [])),
  );
  const isEmpty = (turns: (typeof runs)[number]): boolean => {
    const action = turns.at(-1)?.action;
    return action?.kind !== "answer" || action.text.trim() === "";
  };
  return {
    writtenPerPath: moments(runs.map((turns) => turns.reduce((sum, { ids }) => sum + ids.length, 0))).mean,
    emptyShare: moments(runs.map((turns) => (isEmpty(turns) ? 1 : 0))).mean,
  };
}

function measureLedger(trees: readonly RolloutTree[], updates: readonly UpdateOutcome[]): LedgerFigures {
  const total = (pick: (tree: RolloutTree) => number): number => trees.reduce((sum, tree) => sum + pick(tree), 0);
  const ends: Record<string, number> = {};
  for (const { end } of trees.flatMap(({ paths }) => paths)) ends[end] = (ends[end] ?? 0) + 1;
  return {
    generated: total(({ ledger }) => ledger.generated),
    shared: total(({ ledger }) => ledger.shared),
    trained: updates.reduce((sum, { report }) => sum + report.tokens, 0),
    toolCalls: total(({ ledger }) => ledger.toolCalls),
    toolCallsSaved: total(({ ledger }) => ledger.toolCallsSaved),
    ends,
  };
}
