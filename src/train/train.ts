/** `train`: a run from a config and a task, from its start or from where it stopped, to its summary. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeAlgorithm } from "../algorithm/list.ts";
import type { AnyTask } from "../envs/task.ts";
import { evaluate } from "../eval/evaluate.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import {
  type Checkpoint,
  listCheckpoints,
  openCheckpoint,
  type RunState,
  sweepCheckpoints,
} from "../run/checkpoint.ts";
import { withFileErrors } from "../run/failures.ts";
import { readJournal } from "../run/journal.ts";
import { noKeptRollouts, openKeptRollouts } from "../run/kept-rollouts.ts";
import { checkpointName, type RunLayout, runLayout } from "../run/layout.ts";
import { describeMachine } from "../run/machine.ts";
import { openRecorder, type Recorder } from "../run/recorder.ts";
import type { EvalRecord, HeaderRecord, MetricRecord, StepRecord } from "../run/records.ts";
import { type Clock, systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { isOver, NOTHING_SPENT } from "./budget.ts";
import type { RunConfig } from "./config.ts";
import { criticFor } from "./critic-values.ts";
import { rewindJournals, rollBack } from "./doctor/roll-back.ts";
import { WINDOW } from "./doctor/window.ts";
import { levelsOf } from "./gap-levels.ts";
import { type Session, trainLoop } from "./loop.ts";
import { type MechanismSummary, summariseMechanisms } from "./mechanisms.ts";
import { openPolicy } from "./open.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import { checkOffPolicyFits, importanceCap } from "./off-policy.ts";
import { optimizerStep } from "./optimizer.ts";
import { deviceOf } from "./policy-options.ts";
import { checkPolicyFitsAlgorithm, checkPolicyFitsTask, checkTaskFitsAlgorithm } from "./policy-fit.ts";
import { makeFolder } from "../run/make-folder.ts";

export interface TrainOptions {
  readonly task: AnyTask;
  readonly config: RunConfig;
  /** What `config.json` of the run folder holds: the recipe, task included. */
  readonly resolved: object;
  /** Go on from the run folder's last checkpoint, or from the one named. */
  readonly resume?: boolean | string;
  /** What was found while the task was opened (rows that were mended): written into the journal of a new run. */
  readonly warnings?: readonly string[];
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  onRecord?(record: MetricRecord): void;
}

export interface TrainResult {
  readonly folder: string;
  readonly state: RunState;
  readonly before: EvalRecord | null;
  readonly after: EvalRecord | null;
  readonly mechanisms: MechanismSummary;
  /** Seconds of work over all sessions of the run. */
  readonly seconds: number;
}

const FRESH = {
  step: 0,
  nextQuestion: 0,
  toolEntropySpread: null,
  best: null,
  seconds: 0,
  rollbacks: 0,
  spent: NOTHING_SPENT,
};

/** Trains to the last step. Rejects with the signal's reason when it fires; the run folder can then be resumed. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, task } = options;
  const layout = runLayout(runFolder(config, task));
  const algorithm = makeAlgorithm(config.algorithm, task);
  checkTaskFitsAlgorithm(task, algorithm);
  const checkpoint = options.resume === undefined ? startFresh(layout) : findCheckpoint(layout, options.resume);
  const reference = algorithm.needs?.includes("reference") ?? false;
  const valueHead = algorithm.needs?.includes("critic") ?? false;
  const workload = { sequenceTokens: task.limits.tokens, samples: true, reference };
  const notices = noticeBoard();
  const remote = {
    file: layout.server,
    overlap: config.train.overlap,
    optimizer: optimizerStep(config.optimizer, config.optimizer.learningRate),
    onNotice: notices.post,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const opened = await openPolicy(config.policy, { seed: config.seed, valueHead, remote, ...workload });
  try {
    if (options.resume === undefined) writeConfig(layout, options, opened);
    const recorder = makeRecorder(layout, opened, options);
    // Taken before a checkpoint is loaded: a resumed run has the reference it started with.
    const snapshot = reference ? await opened.policy.snapshot() : null;
    const session = makeSession(options, layout, { algorithm, opened, recorder, reference: snapshot });
    const state = await restore(layout, session, checkpoint);
    if (checkpoint === null) for (const text of options.warnings ?? []) recorder.warning(0, text);
    notices.readBy((text) => recorder.warning(recorder.steps().at(-1)?.step ?? 0, text));
    return summarise(layout, await trainLoop(session, state).finally(() => snapshot?.dispose()));
  } finally {
    await opened.close();
  }
}

/** What an engine has to say, from before there is a journal to write it into. */
function noticeBoard(): { post(this: void, text: string): void; readBy(reader: (text: string) => void): void } {
  const posted: string[] = [];
  let read = (text: string): void => void posted.push(text);
  return {
    post: (text) => read(text),
    readBy(reader) {
      read = reader;
      for (const text of posted.splice(0)) reader(text);
    },
  };
}

export function runFolder(config: RunConfig, task: Pick<AnyTask, "name">): string {
  return config.run.folder ?? join("runs", `${task.name}-${config.algorithm.name}-${config.seed}`);
}

/** A new run folder; refuses one that holds a run. */
function startFresh(layout: RunLayout): null {
  if (existsSync(layout.config)) {
    throw new AepoError("run", `${layout.folder} holds a run already`, {
      fix: `resume it (--resume ${layout.folder}), remove it, or choose another folder (--set run.folder=...)`,
    });
  }
  withFileErrors("make the run folder", layout.folder, () => makeFolder(layout.folder));
  return null;
}

/** With what was chosen for this machine: on another one, too, a resumed run computes the same. */
function writeConfig(layout: RunLayout, { resolved, config }: TrainOptions, { chosen }: OpenPolicy): void {
  const policy = { ...config.policy, ...chosen };
  const train = { ...config.train, maxLogprobGap: levelsOf(config) };
  writeFileAtomic(layout.config, `${JSON.stringify({ ...resolved, policy, train }, null, 2)}\n`);
}

function findCheckpoint(layout: RunLayout, resume: boolean | string): Checkpoint | null {
  const names = listCheckpoints(layout.checkpoints);
  const name = typeof resume === "string" ? resume : names.at(-1);
  if (name === undefined) return null;
  if (names.includes(name)) return openCheckpoint(join(layout.checkpoints, name));
  throw new AepoError("run", `the run ${layout.folder} has no checkpoint "${name}"`, { exists: names.join(", ") });
}

function makeRecorder(layout: RunLayout, { tokenizer }: OpenPolicy, options: TrainOptions): Recorder {
  const { keep, rolloutsEvery, checkpointEvery } = options.config.run;
  // One from before a collapse is to be there when it is found.
  const needed = options.config.train.onCollapse === "rollback" ? Math.ceil((2 * WINDOW) / checkpointEvery) + 1 : 0;
  return openRecorder({
    layout,
    keep: Math.max(keep, needed),
    rolloutsEvery,
    async saveExtras(store) {
      for (const [name, text] of Object.entries(tokenizer.files())) {
        await store.write(name, new TextEncoder().encode(text));
      }
    },
    ...(options.onRecord === undefined ? {} : { onRecord: options.onRecord }),
  });
}

interface SessionParts extends Pick<Session, "algorithm" | "recorder" | "reference"> {
  readonly opened: OpenPolicy;
}

function makeSession(
  options: TrainOptions,
  layout: RunLayout,
  { algorithm, opened: { policy, tokenizer }, recorder, reference }: SessionParts,
): Session {
  const { config, task } = options;
  checkPolicyFitsTask(task, policy.info, tokenizer);
  checkPolicyFitsAlgorithm(algorithm, policy.info, config.train.temperature);
  if (importanceCap(config.train.offPolicy) !== null) checkOffPolicyFits(algorithm, policy.info);
  criticFor(algorithm, policy);
  const clock = options.clock ?? systemClock;
  const signal = options.signal ?? new AbortController().signal;
  const kept = config.run.keepRollouts ? openKeptRollouts(layout.keptRollouts) : noKeptRollouts;
  return {
    config,
    task,
    tokenizer,
    policy,
    reference,
    recorder,
    clock,
    signal,
    algorithm,
    kept,
    async rollBack(state) {
      const earlier = await rollBack({ layout, policy, recorder }, state);
      if (earlier !== null) kept.clear();
      return earlier;
    },
    async evaluate(state) {
      const { step, rollbacks } = state;
      const { questions, samples, temperature, shaping, k, progressQuestions } = config.eval;
      const full = step === 0 || isOver(config.train, state);
      const chosen = full
        ? { questions, samples, k }
        : { questions: progressQuestions, samples: 1, k: [1] as [number] };
      const { seed } = config;
      const { toolTimeoutMs } = config.train;
      const place = { split: "test" as const, step, rollbacks };
      const inputs = { task, tokenizer, policy, ...place, seed, toolTimeoutMs, clock, signal };
      return (await evaluate({ ...inputs, options: { ...chosen, temperature, shaping } })).record;
    },
  };
}

/** State to go on from: the checkpoint's, with the journals cut back to it, or a fresh one. */
async function restore(layout: RunLayout, session: Session, checkpoint: Checkpoint | null): Promise<RunState> {
  const { config, policy, recorder, kept, task, clock } = session;
  rewindJournals(layout, checkpoint?.state ?? { journals: { metrics: 0, rollouts: 0 } });
  sweepCheckpoints(layout.checkpoints, Number.POSITIVE_INFINITY, []);
  // What was rolled out after a later checkpoint is of other weights.
  if (checkpoint !== null && checkpointName(checkpoint.state.step) !== listCheckpoints(layout.checkpoints).at(-1))
    kept.clear();
  if (checkpoint !== null) {
    kept.forget(checkpoint.state.step);
    await policy.load(checkpoint.store);
    return checkpoint.state;
  }
  const header: HeaderRecord = {
    kind: "header",
    task: task.name,
    algorithm: config.algorithm.name,
    seed: config.seed,
    policy: policy.info.description,
    machine: describeMachine(deviceOf(config.policy)),
    startedAt: clock.timestamp(),
  };
  recorder.header(header);
  return { ...FRESH, seed: config.seed, journals: { metrics: 0, rollouts: 0 } };
}

function summarise(layout: RunLayout, state: RunState): TrainResult {
  const records = readJournal<MetricRecord>(layout.metrics);
  const evaluations = records.filter((record): record is EvalRecord => record.kind === "eval");
  const steps = records.filter((record): record is StepRecord => record.kind === "step");
  return {
    folder: layout.folder,
    state,
    before: evaluations.find(({ step }) => step === 0) ?? null,
    after: evaluations.findLast(({ step }) => step === state.step) ?? null,
    mechanisms: summariseMechanisms(steps),
    seconds: state.seconds,
  };
}

/** The resolved config of an existing run folder, as text. */
export function readRunConfig(folder: string): string {
  const { config } = runLayout(folder);
  if (!existsSync(config)) {
    throw new AepoError("run", `${folder} is not a run folder`, {
      expected: "a folder with config.json, made by aepo train",
      exists: existsSync(folder) ? "a folder without one" : "no such folder",
    });
  }
  return withFileErrors("read", config, () => readFileSync(config, "utf8"));
}
