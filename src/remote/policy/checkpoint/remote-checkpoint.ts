/**
 * A checkpoint of a policy on a server: weights and the optimiser's state stay there under a name, a small file here says which.
 * Where the server gives its adapter away, its files are here too (`adapter-files.ts`).
 */
import { z } from "zod";
import type { BlobStore } from "../../../policy/policy.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import { type FailureReason, TinkerFailure } from "../../client/failure.ts";

export const REMOTE = "remote.json";

const remoteCheckpointSchema = z.object({
  format: z.literal("aepo-remote-1"),
  /** `tinker://` address of weights and optimiser state. */
  path: z.string(),
  /** As the server called it. */
  baseModel: z.string(),
  rank: z.int(),
  /** How the server reduced losses. */
  reduction: z.enum(["sum", "mean"]),
});
export type RemoteCheckpoint = z.output<typeof remoteCheckpointSchema>;

export async function writeRemoteCheckpoint(
  store: BlobStore,
  checkpoint: Omit<RemoteCheckpoint, "format">,
): Promise<void> {
  const json = { format: "aepo-remote-1", ...checkpoint };
  await store.write(REMOTE, new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`));
}

/** Throws unless it is of this base model and rank. */
export async function readRemoteCheckpoint(
  store: BlobStore,
  here: Pick<RemoteCheckpoint, "baseModel" | "rank">,
): Promise<RemoteCheckpoint> {
  const checkpoint = parse(new TextDecoder().decode(await store.read(REMOTE)));
  const show = ({ baseModel, rank }: typeof here): string => `${baseModel}, rank ${rank}`;
  if (checkpoint.baseModel === here.baseModel && checkpoint.rank === here.rank) return checkpoint;
  throw new AepoError("policy", "the checkpoint is of another model on a server", {
    expected: show(here),
    exists: show(checkpoint),
    fix: "resume with the policy.model and policy.lora.rank it was made with, on a server of that model",
  });
}

function parse(text: string): RemoteCheckpoint {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("policy", `${REMOTE} is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  const parsed = remoteCheckpointSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AepoError("policy", `${REMOTE} is not valid: ${z.prettifyError(parsed.error)}`, {
    expected: "format aepo-remote-1 with path, baseModel, rank and reduction",
  });
}

/** What a server answers that does not have the checkpoint, or cannot use it. */
const REFUSED: readonly FailureReason[] = ["invalid", "failed", "lost", "model-lost"];

/** What a failure to load means for a run that is resumed. */
export function loadFailure(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof TinkerFailure && REFUSED.includes(thrown.reason))) return thrown;
  return new AepoError("policy", `the server does not load the checkpoint ${path}`, {
    exists: thrown.message,
    fix: "start the server with the folder and database it kept its checkpoints in, or resume from an earlier one (--checkpoint NAME)",
    cause: thrown,
  });
}
