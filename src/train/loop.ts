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
import { measureBranching } from "../algorithm/measure-branching.ts";
import { afterAnswers, askedQuestions, type AskedQuestions } from "./asked-questions.ts";
import type { RunConfig } from "./config.ts";
import { type DrawInputs, drawGroups } from "./draw-groups.ts";
import { checkBudget, isOver, scheduleAt, spentWith } from "./budget.ts";
import { examine, rateScale } from "./doctor/doctor.ts";
import { entropyDivisor } from "./entropy-scale.ts";
import { levelsOf } from "./gap-levels.ts";
import { learningRateAt, optimizerStep } from "./optimizer.ts";
import { importanceCap } from "./off-policy.ts";
import { type RolledOut, RolloutsAhead } from "./rollouts-ahead.ts";
import { learnFrom, type StepInputs, type StepOutcome } from "./step.ts";

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
  const { config } = session;
  const ahead = importanceCap(config.train.offPolicy) === null ? null : rolloutsAhead(session);
  let state = start;
  if (state.step === 0 && config.eval.every > 0) state = await evaluated(session, state);
  try {
    while (!isOver(config.train, state)) state = await nextStep(session, state, ahead);
  } finally {
    await ahead?.cancel();
  }
  return state;
}

async function nextStep(session: Session, state: RunState, ahead: RolloutsAhead | null): Promise<RunState> {
  const { config, recorder, clock } = session;
  session.signal.throwIfAborted();
  const startedMs = clock.nowMs();
  const rolledOut = (await ahead?.take(state)) ?? (await rollOut(session, session.policy, state, session.signal));
  const { asked, drawn } = rolledOut;
  const waited = (clock.nowMs() - startedMs) / 1000;
  let next = afterRollouts(session, state, rolledOut);
  if (!isOver(config.train, next)) await ahead?.begin(next);
  const outcome = await learnFrom({ ...session, ...stepInputs(session, state) }, drawn, waited);
  recorder.step(stepRecord(session, state, outcome, asked), outcome);
  checkBudget(config.train, next);
  const examined = await examine({ ...session, onCollapse: config.train.onCollapse }, next);
  if (examined !== next) return examined;
  if (isEvalStep(config, next)) next = await evaluated(session, next);
  next = { ...next, seconds: next.seconds + (clock.nowMs() - startedMs) / 1000 };
  if (!isCheckpointStep(config, next)) return next;
  // A run that goes on from here finds all that was rolled out with weights it no longer has.
  await ahead?.settle();
  const saved = await recorder.checkpoint(next, session.policy);
  session.kept.forget(saved.step);
  return saved;
}

function rolloutsAhead(session: Session): RolloutsAhead {
  return new RolloutsAhead(
    () => session.policy.snapshot(),
    (policy, state, stopped) => rollOut(session, policy, state, AbortSignal.any([session.signal, stopped])),
  );
}

/** The questions of the step after `state`, and their trees. */
async function rollOut(
  session: Session,
  policy: DrawInputs["policy"],
  state: RunState,
  signal: AbortSignal,
): Promise<RolledOut> {
  const asked = askedQuestions(session.task, state);
  const { question } = asked;
  return { asked, drawn: await drawGroups({ ...session, ...stepInputs(session, state), policy, question, signal }) };
}

/** What a step is made with, besides the session. */
function stepInputs(
  { config, algorithm, policy }: Session,
  state: RunState,
): Omit<StepInputs, keyof Session | "question"> {
  const { questionsPerStep, temperature, overlap, toolTimeoutMs, offPolicy } = config.train;
  return {
    questionsPerStep,
    temperature,
    overlap,
    toolTimeoutMs,
    seed: config.seed,
    step: state.step + 1,
    rollbacks: state.rollbacks,
    entropyDivisor: entropyDivisor(algorithm.entropyScale, policy.info, state.toolEntropySpread),
    placeBaselines: state.placeBaselines ?? [],
    optimizer: optimizerStep(config.optimizer, learningRate(config, state)),
    gapLevels: levelsOf(config),
    importanceCap: importanceCap(offPolicy),
    // What grows together is not repeated to the bit there anyway.
    growsMissing: config.policy.engine === "tinker" || overlap,
  };
}

/** The schedule's, halved at every rollback. */
function learningRate({ algorithm, optimizer, train }: RunConfig, state: RunState): number {
  const { index, total } = scheduleAt(train, algorithm.groupSize, state);
  return rateScale(state) * learningRateAt(optimizer, index, total);
}

/** Where the run stands once the trees of a step have been trained: all of it is known when they are there. */
function afterRollouts(
  { algorithm: { growth }, task }: Session,
  state: RunState,
  { asked, drawn: { trees } }: RolledOut,
): RunState {
  const { placeBaselines = [] } = state;
  const places = growth.departures?.placeBaselines === true;
  return {
    ...state,
    ...(places ? { placeBaselines: afterBatch(placeBaselines, trees, growth) } : {}),
    step: state.step + 1,
    ...afterAnswers(task, state, trees),
    nextQuestion: asked.next(trees.length),
    toolEntropySpread: measureBranching(trees).toolEntropySpread,
    spent: spentWith(state.spent, trees),
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
  const judges = task.takeJudgeFigures?.();
  const { figures, updates, skippedUpdates, loss, gradientNorm, gaps, offPolicy, seconds } = outcome;
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
    ...(offPolicy === null ? {} : { offPolicy }),
    ...(passedOver === null ? {} : { passedOver }),
    ...(tools === undefined ? {} : { tools }),
    ...(judges === undefined ? {} : { judges }),
  };
}

function isEvalStep({ eval: { every }, train }: RunConfig, state: RunState): boolean {
  return every > 0 && (state.step % every === 0 || isOver(train, state));
}

function isCheckpointStep({ run: { checkpointEvery }, train }: RunConfig, state: RunState): boolean {
  return state.step % checkpointEvery === 0 || isOver(train, state);
}
