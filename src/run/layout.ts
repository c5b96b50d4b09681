/** Where things are in a run folder: the sole meeting place of training, evaluation and reports. */
import { join } from "node:path";

export interface RunLayout {
  readonly folder: string;
  /** Resolved config. */
  readonly config: string;
  /** `MetricRecord` a line. */
  readonly metrics: string;
  /** `RolloutRecord` a line. */
  readonly rollouts: string;
  readonly checkpoints: string;
  /** Finished rollouts of steps that no checkpoint holds yet (`kept-rollouts.ts`). */
  readonly keptRollouts: string;
  /** What is open on a server (`server-file.ts`). */
  readonly server: string;
  readonly report: string;
}

export function runLayout(folder: string): RunLayout {
  return {
    folder,
    config: join(folder, "config.json"),
    metrics: join(folder, "metrics.jsonl"),
    rollouts: join(folder, "rollouts.jsonl"),
    checkpoints: join(folder, "checkpoints"),
    keptRollouts: join(folder, "kept-rollouts"),
    server: join(folder, "server.json"),
    report: join(folder, "report.html"),
  };
}

/** `step-000012`: sorts as it counts. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, "0")}`;
}

/** The step of a checkpoint's name. */
export function stepOf(name: string): number {
  return Number(name.slice("step-".length));
}
