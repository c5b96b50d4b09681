/** All models the server remembers, page by page. */
import { trainingRunsSchema } from "../../../protocol/messages/model.ts";
import { getJson, read } from "../calls/submit.ts";
import type { Connection } from "../connection.ts";
import type { TrainingRun } from "../tinker-client.ts";

const PAGE = 100;
/** A server that always has one more page must not keep us. */
const MAX_RUNS = 10_000;

export async function listTrainingRuns(connection: Connection, signal: AbortSignal): Promise<readonly TrainingRun[]> {
  const doing = "the list of training runs";
  const runs: TrainingRun[] = [];
  for (;;) {
    const path = `/api/v1/training_runs?limit=${PAGE}&offset=${runs.length}`;
    const page = read(trainingRunsSchema, await getJson(connection, path, { doing, signal }), doing);
    for (const run of page.training_runs)
      runs.push({ id: run.training_run_id, baseModel: run.base_model, loraRank: run.lora_rank ?? null });
    const total = page.cursor?.total_count ?? runs.length;
    if (page.training_runs.length === 0 || runs.length >= Math.min(total, MAX_RUNS)) return runs;
  }
}
