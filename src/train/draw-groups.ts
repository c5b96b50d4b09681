/**
 * The groups of a step: questions drawn and rolled out, in one round or, for a method that asks for it (B-DAPO), in several
 * until as many groups are kept as a step wants. A round draws just the questions that are missing, each a new one.
 */
import type { Algorithm } from "../algorithm/algorithm.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { EntropyEstimate } from "../algorithm/figures.ts";
import type { FrozenPolicy, SamplerLedger } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { placeNameOf } from "../rollout/call-place.ts";
import { type GrowOptions, growTrees } from "../rollout/grow.ts";
import { isJudged, whyUnjudged } from "../rollout/grade-path.ts";
import { withoutLost } from "../rollout/lost-paths.ts";
import type { PlaceBaselines } from "../rollout/place-baselines.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { type KeptRollouts, noKeptRollouts } from "../run/kept-rollouts.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { entropyEstimate } from "./entropy-estimate.ts";

export interface DrawInputs {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: Pick<FrozenPolicy, "info" | "openSampler">;
  readonly algorithm: Algorithm;
  /** Groups a step wants. */
  readonly questionsPerStep: number;
  /** The index-th question of the step, from 0. */
  question(index: number): Question;
  readonly seed: number;
  /** From 1. */
  readonly step: number;
  /** Times the run has gone back to an earlier step (default 0). */
  readonly rollbacks?: number;
  readonly temperature: number;
  /** AEPO-H5: nats a unit of the entropy scale. */
  readonly entropyDivisor: number;
  /** What first stood at each place of a batch, for rules that ask for it. */
  readonly placeBaselines: PlaceBaselines;
  /** Trees that an earlier process finished, and where to keep those of this one (default: none, nowhere). */
  readonly kept?: KeptRollouts;
  /** Whether a tree that was kept saves growing it alone (else only all of a round together: what grows beside it is part of the bits, AEPO-R10). */
  readonly growsMissing?: boolean;
  readonly overlap: boolean;
  readonly toolTimeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface DrawnGroups {
  /** One a question drawn. */
  readonly trees: readonly RolloutTree[];
  /** Those that enter the batch. */
  readonly kept: readonly RolloutTree[];
  readonly rounds: number;
  readonly estimate: EntropyEstimate | null;
}

export async function drawGroups(inputs: DrawInputs): Promise<DrawnGroups> {
  const { algorithm, questionsPerStep, question } = inputs;
  const { maxDraws = 1 } = algorithm;
  const [trees, kept]: [RolloutTree[], RolloutTree[]] = [[], []];
  const ledgers: SamplerLedger[] = [];
  let rounds = 0;
  while (kept.length < questionsPerStep && rounds < maxDraws) {
    const missing = questionsPerStep - kept.length;
    const questions = Array.from({ length: missing }, (_, i) => question(trees.length + i));
    const { grown, ledger } = await rollOut(inputs, questions, rounds++);
    ledgers.push(ledger);
    trees.push(...grown);
    kept.push(...grown.map(withoutLost).filter((tree) => isComparable(tree) && algorithm.keep(tree)));
  }
  checkJudged(trees, inputs.step);
  return { trees, kept, rounds, estimate: entropyEstimate(inputs.policy.info, ledgers) };
}

/** Two paths at least are left of the group, and all that are left have a reward. */
function isComparable(tree: RolloutTree): boolean {
  return isJudged(tree) && tree.paths.length > 1;
}

/** A path that could not be judged leaves its whole group out of the step; if that leaves nothing, training has nothing to go by. */
function checkJudged(trees: readonly RolloutTree[], step: number): void {
  if (trees.map(withoutLost).some(isComparable)) return;
  const reasons = whyUnjudged(trees.flatMap(({ paths }) => paths));
  throw new AepoError("run", `step ${step} has nothing to learn from: no group of ${trees.length} could be judged`, {
    expected: "a reward for every path of at least one question",
    exists: reasons.slice(0, 3).join("; "),
    fix: "mend what judges or samples (is its server up, is its key valid?), then go on from the last checkpoint with --resume",
  });
}

interface Round {
  readonly grown: readonly RolloutTree[];
  readonly ledger: SamplerLedger;
}

const NOTHING_DRAWN: SamplerLedger = { sampled: 0, prefilled: 0, reused: 0 };

async function rollOut(inputs: DrawInputs, questions: readonly Question[], round: number): Promise<Round> {
  const { step, rollbacks = 0, kept = noKeptRollouts, growsMissing = false } = inputs;
  const place = { step, rollbacks, round };
  const found = ofQuestions(await kept.trees(place), questions);
  const whole = questions.map((_, index) => found.get(index));
  if (whole.every((tree) => tree !== undefined)) return { grown: whole, ledger: NOTHING_DRAWN };
  const sampler = inputs.policy.openSampler();
  try {
    const grown = await growTrees({
      ...growth(inputs, round),
      sampler,
      questions,
      known: growsMissing ? found : new Map<number, RolloutTree>(),
      onTree: (index, tree) => kept.add(place, index, tree),
    });
    return { grown, ledger: sampler.ledger };
  } finally {
    await sampler.close();
  }
}

/** Those of the questions that are asked: what was kept may be of a data file that has changed since. */
function ofQuestions(
  found: ReadonlyMap<number, RolloutTree>,
  questions: readonly Question[],
): ReadonlyMap<number, RolloutTree> {
  return new Map([...found].filter(([index, { question }]) => questions[index]?.id === question.id));
}

function growth(inputs: DrawInputs, round: number): Omit<GrowOptions, "sampler" | "questions"> {
  const { task, tokenizer, seed, step, temperature, entropyDivisor, overlap, toolTimeoutMs, algorithm } = inputs;
  const { clock, signal, placeBaselines, rollbacks, policy } = inputs;
  const { requestsAtOnce } = policy.info;
  // A short list of questions starts over: a later round draws another rollout of the same question.
  const name = round === 0 ? "rollout" : `rollout ${round}`;
  return {
    task,
    tokenizer,
    rules: algorithm.growth,
    name,
    placeName: placeNameOf(name, step, rollbacks),
    seed,
    step,
    temperature,
    entropyDivisor,
    placeBaselines,
    stateKeys: algorithm.needs?.includes("stateKeys") ?? false,
    overlap,
    // About half of the paths wait for tools.
    ...(requestsAtOnce === undefined ? {} : { inFlight: 2 * requestsAtOnce }),
    toolTimeoutMs,
    clock,
    signal,
  };
}
