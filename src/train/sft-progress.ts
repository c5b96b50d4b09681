/**
 * Where supervised training stands, in a folder beside the files it will write: its settings, and the last checkpoint to go on
 * from. Batches depend on seed and step alone, so a training that was killed goes on to the same bytes. Gone when it is finished.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Policy } from "../policy/policy.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import { listCheckpoints, openCheckpointOf, sweepCheckpoints, writeCheckpoint } from "../run/checkpoint.ts";
import { withFileErrors } from "../run/failures.ts";
import { makeFolder } from "../run/make-folder.ts";
import { AepoError } from "../std/errors.ts";

const UNFINISHED = "unfinished";
const stateSchema = z.strictObject({ step: z.int().nonnegative() });

export interface SftProgress {
  /** Steps that were done before. */
  readonly done: number;
  save(step: number, policy: Policy): Promise<void>;
  /** The model is written: nothing is to be gone on with. */
  finish(): void;
}

export interface ProgressOptions {
  /** Folder the model will be written to. */
  readonly out: string;
  /** The settings, to go on with later. */
  readonly resolved: object;
  /** Go on from where the training stood that was stopped there. */
  readonly resume: boolean;
}

/** Brings the policy to where the training stands. */
export async function openProgress({ out, resolved, resume }: ProgressOptions, policy: Policy): Promise<SftProgress> {
  const folder = join(out, UNFINISHED);
  if (!resume) begin(folder, out, resolved);
  const last = listCheckpoints(folder).at(-1);
  const checkpoint = last === undefined ? null : openCheckpointOf(join(folder, last), stateSchema);
  if (checkpoint !== null) await policy.load(checkpoint.store);
  return {
    done: checkpoint?.state.step ?? 0,
    async save(step, saved) {
      await writeCheckpoint(folder, { step }, (store) => saved.save(store));
      sweepCheckpoints(folder, 1, []);
    },
    finish: () => withFileErrors("remove", folder, () => rmSync(folder, { recursive: true, force: true })),
  };
}

function begin(folder: string, out: string, resolved: object): void {
  const unfinished = listCheckpoints(folder).at(-1);
  if (unfinished !== undefined) {
    throw new AepoError("run", `${out} holds a training that was stopped at ${unfinished}`, {
      fix: `go on with it (--resume ${out}), remove ${folder}, or choose another folder (--set out=…)`,
    });
  }
  withFileErrors("make", folder, () => makeFolder(folder));
  writeFileAtomic(join(folder, "config.json"), `${JSON.stringify(resolved, null, 2)}\n`);
}

/** The settings of a training that was stopped, as text. */
export function readUnfinishedConfig(out: string): { readonly name: string; readonly text: string } {
  const name = join(out, UNFINISHED, "config.json");
  if (!existsSync(name)) {
    throw new AepoError("run", `${out} holds no training that was stopped`, {
      expected: `a folder that aepo sft was writing to, with ${UNFINISHED}/config.json`,
      exists: existsSync(join(out, "config.json")) ? "a model" : "none",
    });
  }
  return { name, text: withFileErrors("read", name, () => readFileSync(name, "utf8")) };
}
