/**
 * The training loop: a table of verbs. State is a value that a checkpoint saves; the policy's own state goes beside it.
 * A run that was killed goes on from its last checkpoint to the same bytes.
 */
import type { Algorithm } from "../algorithm/algorithm.ts";
import type { AnyTask } from "../envs/task.ts";
import { unjudgedWords } from "../eval/unjudged-words.ts";
import type { FrozenPolicy, Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { afterBatch } from "../rollout/place-baselines.ts";
import type { EvalRecord, StepRecord } from "../run/records.ts";
import type { RunState } from "../run/checkpoint.ts";
import type { KeptRollouts } from "../run/kept-rollouts.ts";
import type { Recorder } from "../run/recorder.ts";
import type { Clock } from "../std/clock.ts";
import { afterAnswers, askedQuestions, type AskedQuestions } from "./asked-questions.ts";
import type { RunConfig } from "./config.ts";
import { checkBudget, isOver, scheduleAt, spentWith } from "./budget.ts";
import { examine, rateScale } from "./doctor/doctor.ts";
import { entropyDivisor } from "./entropy-scale.ts";
import { levelsOf } from "./gap-levels.ts";
import { learningRateAt, optimizerStep } from "./optimizer.ts";
import { type StepOutcome, trainStep } from "./step.ts";

/** Everything a run works with. */
export interface Session {
  readonly config: RunConfig;
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: Policy;
  /** The policy as it was when the run started, if the algorithm needs it. */
  readonly reference: FrozenPolicy | null;
  readonly algorithm: Algorithm;
  readonly recorder: Recorder;
  /** Finished rollouts of the steps since the last checkpoint. */
  readonly kept: KeptRollouts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Goes back to a checkpoint from before the last steps; null if there is none. */
  rollBack(state: RunState): Promise<RunState | null>;
  /** Evaluates the policy as it is now on held-out questions. */
  evaluate(state: RunState): Promise<EvalRecord>;
}

export async function trainLoop(session: Session, start: RunState): Promise<RunState> {
  const { config, recorder } = session;
  let state = start;
  if (state.step === 0 && config.eval.every > 0) state = await evaluated(session, state);
  while (!isOver(config.train, state)) {
    session.signal.throwIfAborted();
    const startedMs = session.clock.nowMs();
    const asked = askedQuestions(session.task, state);
    const outcome = await runStep(session, state, asked);
    recorder.step(stepRecord(session, state, outcome, asked), outcome);
    state = advance(session, state, outcome, asked);
    checkBudget(config.train, state);
    const examined = await examine({ ...session, onCollapse: config.train.onCollapse }, state);
    if (examined !== state) {
      state = examined;
      continue;
    }
    if (isEvalStep(config, state)) state = await evaluated(session, state);
    state = { ...state, seconds: state.seconds + (session.clock.nowMs() - startedMs) / 1000 };
    if (isCheckpointStep(config, state)) {
      state = await recorder.checkpoint(state, session.policy);
      session.kept.forget(state.step);
    }
  }
  return state;
}

function runStep(session: Session, state: RunState, { question }: AskedQuestions): Promise<StepOutcome> {
  const { config } = session;
  return trainStep({
    ...session,
    questionsPerStep: config.train.questionsPerStep,
    question,
    seed: config.seed,
    step: state.step + 1,
    rollbacks: state.rollbacks,
    temperature: config.train.temperature,
    entropyDivisor: entropyDivisor(session.algorithm.entropyScale, session.policy.info, state.toolEntropySpread),
    placeBaselines: state.placeBaselines ?? [],
    optimizer: optimizerStep(config.optimizer, learningRate(config, state)),
    gapLevels: levelsOf(config),
    // What grows together is not repeated to the bit there anyway.
    growsMissing: config.policy.engine === "tinker" || config.train.overlap,
    overlap: config.train.overlap,
    toolTimeoutMs: config.train.toolTimeoutMs,
  });
}

/** The schedule's, halved at every rollback. */
function learningRate({ algorithm, optimizer, train }: RunConfig, state: RunState): number {
  const { index, total } = scheduleAt(train, algorithm.groupSize, state);
  return rateScale(state) * learningRateAt(optimizer, index, total);
}

function advance(
  { algorithm: { growth }, task }: Session,
  state: RunState,
  outcome: StepOutcome,
  asked: AskedQuestions,
): RunState {
  const { placeBaselines = [] } = state;
  const places = growth.departures?.placeBaselines === true;
  return {
    ...state,
    ...(places ? { placeBaselines: afterBatch(placeBaselines, outcome.trees, growth) } : {}),
    step: state.step + 1,
    ...afterAnswers(task, state, outcome.trees),
    nextQuestion: asked.next(outcome.trees.length),
    toolEntropySpread: outcome.figures.branch.toolEntropySpread,
    spent: spentWith(state.spent, outcome.trees),
  };
}

async function evaluated(session: Session, state: RunState): Promise<RunState> {
  const record = await session.evaluate(state);
  session.recorder.evaluation(record);
  if (record.unjudged !== undefined) session.recorder.warning(state.step, unjudgedWords(record));
  const pass1 = record.passAtK.find(({ k }) => k === 1)?.value ?? 0;
  const better = state.best === null || pass1 > state.best.pass1;
  return better ? { ...state, best: { step: state.step, pass1 } } : state;
}

function stepRecord(
  { config, task }: Session,
  state: RunState,
  outcome: StepOutcome,
  asked: AskedQuestions,
): StepRecord {
  const passedOver = asked.passedOver();
  const tools = task.takeToolFigures?.();
  const { figures, updates, skippedUpdates, loss, gradientNorm, gaps, seconds } = outcome;
  return {
    kind: "step",
    step: state.step + 1,
    figures,
    updates,
    skippedUpdates,
    loss,
    gradientNorm,
    learningRate: learningRate(config, state),
    logprobGap: gaps?.max ?? null,
    ...(gaps === null ? {} : { gaps }),
    seconds,
    ...(passedOver === null ? {} : { passedOver }),
    ...(tools === undefined ? {} : { tools }),
  };
}

function isEvalStep({ eval: { every }, train }: RunConfig, state: RunState): boolean {
  return every > 0 && (state.step % every === 0 || isOver(train, state));
}

function isCheckpointStep({ run: { checkpointEvery }, train }: RunConfig, state: RunState): boolean {
  return state.step % checkpointEvery === 0 || isOver(train, state);
}
