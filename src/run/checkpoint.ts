/**
 * Checkpoints: a folder of blobs with a manifest, written beside its place and renamed into it, so that it exists whole or
 * not at all. The manifest holds a sha256 a blob: a damaged or foreign checkpoint is an error, never a wrong result.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { curriculumJsonSchema } from "../data/curriculum.ts";
import type { BlobStore } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";
import { flushFolder, readBytes, TEMPORARY_PREFIX, writeFlushed } from "./atomic.ts";
import { digestBlob, folderStore, openBlob, writeBlob } from "./blob-files.ts";
import { fileError, withFileErrors } from "./failures.ts";
import { checkpointName } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";

const FORMAT = "aepo-checkpoint-1";

/** Where a run stands: everything besides the policy's own blobs. */
export const runStateSchema = z.strictObject({
  /** Steps done. */
  step: z.int().nonnegative(),
  seed: z.number(),
  /** Index of the next training question. */
  nextQuestion: z.int().nonnegative(),
  /** AEPO-H5: deviation of H_tool of the previous step, nats; null when `spread` has none yet. */
  toolEntropySpread: z.number().nullable(),
  /** Nats, by place in a batch, for a method that compares with what stood there first (`rollout/place-baselines.ts`). */
  placeBaselines: z.array(z.number().nullable()).readonly().optional(),
  /** Solved and tried, by question, for a task that asks by them. */
  curriculum: curriculumJsonSchema.optional(),
  /** Best held-out Pass@1 so far and the step it was measured at. */
  best: z.strictObject({ step: z.int(), pass1: z.number() }).nullable(),
  /** Bytes of the journals when the checkpoint was made. */
  journals: z.strictObject({ metrics: z.int(), rollouts: z.int() }),
  /** Seconds of work so far, over all sessions of the run. */
  seconds: z.number(),
  /** How often it was rolled back after a collapse, each time with half the learning rate. */
  rollbacks: z.int().nonnegative().default(0),
  /** Over the whole run, steps that were rolled back included; `idleSteps`: the last steps, all without a tool call. */
  spent: z
    .strictObject({ rollouts: z.int(), tokens: z.int(), calls: z.int(), idleSteps: z.int() })
    .default({ rollouts: 0, tokens: 0, calls: 0, idleSteps: 0 }),
});
export type RunState = z.infer<typeof runStateSchema>;

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  sha256: z.record(z.string(), z.string()),
  state: z.looseObject({ step: z.int().nonnegative() }),
});
type Manifest = z.infer<typeof manifestSchema>;

/** Writes a checkpoint of `state`; `savePolicy` adds the policy's blobs. Returns its folder. */
export async function writeCheckpoint(
  root: string,
  state: Manifest["state"],
  savePolicy: (store: BlobStore) => Promise<void>,
): Promise<string> {
  const name = checkpointName(state.step);
  const temporary = join(root, `${TEMPORARY_PREFIX}${name}`);
  const folder = join(root, name);
  const sha256: Record<string, string> = {};
  try {
    rmSync(temporary, { recursive: true, force: true });
    makeFolder(temporary);
    await savePolicy({
      ...folderStore(temporary),
      async write(blob, content) {
        sha256[blob] = await writeBlob(join(temporary, blob), content);
      },
    });
    writeFlushed(join(temporary, "manifest.json"), `${JSON.stringify({ format: FORMAT, sha256, state }, null, 2)}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    flushFolder(root);
  } catch (thrown) {
    rmSync(temporary, { recursive: true, force: true });
    throw fileError("write the checkpoint", folder, thrown);
  }
  return folder;
}

/** An opened checkpoint: its state, and its blobs checked against the manifest as they are read. */
export interface Checkpoint<State = RunState> {
  readonly folder: string;
  readonly state: State;
  readonly store: BlobStore;
}

export function openCheckpoint(folder: string): Checkpoint {
  return openCheckpointOf(folder, runStateSchema);
}

/** A checkpoint whose state is another than a run's. */
export function openCheckpointOf<State>(folder: string, stateSchema: z.ZodType<State>): Checkpoint<State> {
  const manifest = readManifest(folder);
  return {
    folder,
    state: checked(folder, stateSchema, manifest.state),
    store: {
      write: () => Promise.reject(new AepoError("run", `the checkpoint ${folder} is read-only`)),
      async read(blob) {
        await checkBlob(folder, blob, manifest.sha256[blob]);
        return readBytes(join(folder, blob));
      },
      async open(blob) {
        await checkBlob(folder, blob, manifest.sha256[blob]);
        return openBlob(join(folder, blob));
      },
    },
  };
}

function readManifest(folder: string): Manifest {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) {
    throw new AepoError("run", `${folder} is not a checkpoint of a run`, {
      expected: "a folder with manifest.json",
      exists: existsSync(folder) ? `files: ${readdirSync(folder).join(", ") || "none"}` : "no such folder",
      fix: "give a folder such as RUN/checkpoints/step-000010",
    });
  }
  const text = withFileErrors("read", path, () => readFileSync(path, "utf8"));
  return checked(folder, manifestSchema, parseJson(text));
}

function checked<T>(folder: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AepoError("run", `${join(folder, "manifest.json")} is damaged or of another program`, {
    expected: `format "${FORMAT}"`,
    exists: z.prettifyError(parsed.error),
    fix: "resume from another checkpoint (--checkpoint NAME)",
  });
}

async function checkBlob(folder: string, blob: string, expected: string | undefined): Promise<void> {
  const path = join(folder, blob);
  if (expected === undefined) {
    throw new AepoError("run", `the checkpoint ${folder} has no "${blob}"`, {
      fix: "it was made with another engine or policy: resume with the config it was made with",
    });
  }
  const { sha256: found, bytes } = await digestBlob(path);
  if (found === expected) return;
  throw new AepoError("run", `${path} is damaged`, {
    expected: `sha256 ${expected}`,
    exists: `sha256 ${found} (${bytes} bytes)`,
    fix: "resume from another checkpoint (--checkpoint NAME)",
  });
}

/** Names of whole checkpoints, oldest first. */
export function listCheckpoints(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^step-\d+$/.test(name))
    .sort();
}

/** Removes the checkpoints of later steps: the run goes on from `step` another way. */
export function dropCheckpointsAfter(root: string, step: number): void {
  for (const name of listCheckpoints(root)) {
    if (name <= checkpointName(step)) continue;
    withFileErrors("remove", join(root, name), () => rmSync(join(root, name), { recursive: true, force: true }));
  }
}

/** Removes what a killed run left half-written, and all checkpoints but the last `keep` and those in `kept`. */
export function sweepCheckpoints(root: string, keep: number, kept: readonly string[]): void {
  if (!existsSync(root)) return;
  const names = listCheckpoints(root);
  const removable = names.slice(0, Math.max(0, names.length - keep)).filter((name) => !kept.includes(name));
  const halves = readdirSync(root).filter((name) => name.startsWith(TEMPORARY_PREFIX));
  for (const name of [...removable, ...halves]) {
    withFileErrors("remove", join(root, name), () => rmSync(join(root, name), { recursive: true, force: true }));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 80);
  }
}
