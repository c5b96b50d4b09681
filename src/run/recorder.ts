/** Writes a run as it happens: journals, checkpoints, and whoever listens (the live display). */
import type { GroupCredit } from "../algorithm/algorithm.ts";
import type { BlobStore, Policy } from "../policy/policy.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { type RunState, sweepCheckpoints, writeCheckpoint } from "./checkpoint.ts";
import { type Journal, journal, readJournal } from "./journal.ts";
import { checkpointName, type RunLayout } from "./layout.ts";
import type { EvalRecord, HeaderRecord, MetricRecord, RolloutRecord, StepRecord } from "./records.ts";

export interface Recorder {
  header(record: HeaderRecord): void;
  step(record: StepRecord, rollouts: StepRollouts): void;
  evaluation(record: EvalRecord): void;
  warning(step: number, message: string): void;
  /** The records of all steps so far. */
  steps(): readonly StepRecord[];
  /** Saves the run; returns the state as saved (with the journals' lengths). */
  checkpoint(state: RunState, policy: Policy): Promise<RunState>;
}

export interface StepRollouts {
  readonly trees: readonly RolloutTree[];
  readonly credits: readonly GroupCredit[];
}

export interface RecorderOptions {
  readonly layout: RunLayout;
  /** Checkpoints kept besides the best. */
  readonly keep: number;
  /** Trees are written every so many steps; 0: never. */
  readonly rolloutsEvery: number;
  /** Blobs that make a checkpoint a model folder of its own (tokenizer). */
  saveExtras(store: BlobStore): Promise<void>;
  onRecord?(record: MetricRecord): void;
}

export function openRecorder(options: RecorderOptions): Recorder {
  const metrics = journal<MetricRecord>(options.layout.metrics);
  const rollouts = journal<RolloutRecord>(options.layout.rollouts);
  const history = stepHistory(metrics, options.layout.metrics);
  const write = (record: MetricRecord): void => {
    history.append(record);
    options.onRecord?.(record);
  };
  return {
    header: write,
    evaluation: write,
    warning: (step, message) => write({ kind: "warning", step, message }),
    steps: history.steps,
    step(record, { trees, credits }) {
      const due = options.rolloutsEvery > 0 && record.step % options.rolloutsEvery === 0;
      if (due) for (const tree of trees) rollouts.append(rolloutRecord(record.step, tree, credits));
      write(record);
      for (const message of record.figures.warnings) write({ kind: "warning", step: record.step, message });
    },
    async checkpoint(state, policy) {
      const saved = { ...state, journals: lengths(metrics, rollouts) };
      await writeCheckpoint(options.layout.checkpoints, saved, async (store) => {
        await policy.save(store);
        await options.saveExtras(store);
      });
      const best = state.best === null ? [] : [checkpointName(state.best.step)];
      sweepCheckpoints(options.layout.checkpoints, options.keep, best);
      return saved;
    },
  };
}

/** The steps of a journal, read again only where somebody else changed it (a run that goes on, or back). */
function stepHistory(metrics: Journal<MetricRecord>, path: string) {
  let known: { readonly bytes: number; readonly steps: readonly StepRecord[] } = { bytes: -1, steps: [] };
  const steps = (): readonly StepRecord[] => {
    if (metrics.length() !== known.bytes) {
      const all = readJournal<MetricRecord>(path).filter((record) => record.kind === "step");
      known = { bytes: metrics.length(), steps: all };
    }
    return known.steps;
  };
  return {
    steps,
    append(record: MetricRecord): void {
      const before = steps();
      metrics.append(record);
      known = { bytes: metrics.length(), steps: record.kind === "step" ? [...before, record] : before };
    },
  };
}

function lengths(metrics: Journal<MetricRecord>, rollouts: Journal<RolloutRecord>): RunState["journals"] {
  return { metrics: metrics.length(), rollouts: rollouts.length() };
}

/** Digits kept of log-probabilities and entropies in the journal: for reading, not for training. */
const DIGITS = 5;

function rolloutRecord(step: number, tree: RolloutTree, credits: readonly GroupCredit[]): RolloutRecord {
  const credit = credits.find((group) => group.tree === tree);
  const nodes = tree.nodes.map((node) => {
    if (node.turn === null) return node;
    const { logprobs, entropies } = node.turn;
    return { ...node, turn: { ...node.turn, logprobs: logprobs.map(round), entropies: entropies.map(round) } };
  });
  return {
    step,
    tree: { ...tree, nodes },
    credit:
      credit?.paths.map(({ path, advantages, factors }) => ({
        path,
        advantages: Array.from(advantages, round),
        factors: Array.from(factors, round),
      })) ?? null,
  };
}

function round(value: number): number {
  return Number(value.toFixed(DIGITS));
}
