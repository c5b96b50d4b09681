/** Models that a client which is no more has left on the server: each holds a place until its session ends. */
import { messageOf } from "../../../std/errors.ts";
import type { Connection } from "../connection.ts";
import type { OrphanOutcome } from "../tinker-client.ts";
import { unloadModel } from "../training/unload.ts";

export async function unloadOrphans(
  connection: Connection,
  modelIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly OrphanOutcome[]> {
  return Promise.all(
    modelIds.map(async (modelId): Promise<OrphanOutcome> => {
      try {
        const outcome = (await unloadModel(connection, modelId, signal)) ? "unloaded" : "gone";
        return { modelId, outcome, message: null };
      } catch (thrown) {
        signal.throwIfAborted();
        return { modelId, outcome: "failed", message: messageOf(thrown) };
      }
    }),
  );
}
