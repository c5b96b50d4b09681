/**
 * Checkpoints with the optimiser's state. A save is not known again by its number: when its answer is lost and the name then
 * exists, it was submitted, and the list of checkpoints says when it is there.
 */
import { loadWeightsResultSchema, saveWeightsResultSchema } from "../../../protocol/messages/model.ts";
import { checkCheckpointName, formatTinkerPath, parseTinkerPath } from "../../../protocol/paths.ts";
import { sleep } from "../../../std/until-aborted.ts";
import { withRenewals } from "../calls/computed.ts";
import { failureOf } from "../calls/exchange.ts";
import { postJson, read, requestIdOf } from "../calls/submit.ts";
import type { ClientState } from "../client-state.ts";
import type { Connection } from "../connection.ts";
import { checked, TinkerFailure } from "../failure.ts";
import { listCheckpoints } from "../service/checkpoints.ts";
import type { RemoteCheckpoint } from "../tinker-client.ts";
import type { SubmitOrder } from "./submit-order.ts";

interface Savable {
  readonly id: string;
  readonly state: ClientState;
  readonly order: SubmitOrder;
}

export async function saveWeights(model: Savable, name: string, signal: AbortSignal): Promise<string> {
  checkName("save_weights", name);
  const body = (seqId: number): object => ({ type: "save_weights", model_id: model.id, path: name, seq_id: seqId });
  const requestId = await submitNamed(model, "save_weights", body, signal);
  if (requestId === null) return waitForCheckpoint(model.state.connection, model.id, name, "training", signal);
  const answer = await withRenewals(model.state.connection, requestId, {
    doing: "save_weights",
    signal,
    protobuf: false,
  });
  return read(saveWeightsResultSchema, answer, "save_weights").path;
}

export async function loadWeights(
  model: Savable,
  path: string,
  optimizer: boolean,
  signal: AbortSignal,
): Promise<void> {
  const doing = "load_weights";
  if (parseTinkerPath(path)?.kind !== "weights")
    throw new TinkerFailure(`${doing}: "${path.slice(0, 300)}" is no path of weights`, {
      reason: "invalid",
      expected: formatTinkerPath({ modelId: "MODEL", kind: "weights", name: "NAME" }),
    });
  const { connection } = model.state;
  const body = (seqId: number): object => ({ type: doing, model_id: model.id, path, optimizer, seq_id: seqId });
  const { requestId } = await model.order.submit(
    // The same weights twice are the same weights.
    async ({ seqId }) => requestIdOf(await postJson(connection, doing, body(seqId), { doing, signal }), doing),
    { signal, changesWeights: true },
  );
  read(loadWeightsResultSchema, await withRenewals(connection, requestId, { doing, signal, protobuf: false }), doing);
}

export function checkName(doing: string, name: string): void {
  checked(doing, () => checkCheckpointName(name));
}

/** The id of the submitted save; null if an earlier try of it was carried out, although its answer was lost. */
export async function submitNamed(
  { state, order }: Savable,
  endpoint: string,
  body: (seqId: number) => object,
  signal: AbortSignal,
): Promise<string | null> {
  const { connection } = state;
  let mayExist = false;
  let exists = false;
  const { requestId } = await order.submit(
    async ({ seqId }) => {
      const answer = await postJson(connection, endpoint, body(seqId), {
        doing: endpoint,
        signal,
        repeatable: () => (mayExist = true),
        onBusy: ({ status }) => (mayExist ||= status >= 500),
        accept: ({ status }) => status === 409,
      });
      if (answer.status !== 409) return requestIdOf(answer, endpoint);
      if (!mayExist) throw failureOf(connection, endpoint, answer);
      exists = true;
      return "";
    },
    { signal },
  );
  return exists ? null : requestId;
}

/** Until the list has it. */
export async function waitForCheckpoint(
  connection: Connection,
  modelId: string,
  name: string,
  kind: RemoteCheckpoint["kind"],
  signal: AbortSignal,
): Promise<string> {
  const { resultMs, firstRetryMs } = connection.settings.timeouts;
  const startedMs = connection.clock.nowMs();
  for (;;) {
    const all = await listCheckpoints(connection, modelId, signal);
    const found = all.find((checkpoint) => checkpoint.name === name && checkpoint.kind === kind);
    if (found !== undefined) return found.path;
    if (connection.clock.nowMs() - startedMs >= resultMs)
      throw new TinkerFailure(
        `checkpoint ${name} of ${modelId} was begun but is not there after ${resultMs / 1000} s`,
        {
          reason: "late",
          effect: "unknown",
          fix: "save again under another name",
        },
      );
    await sleep(firstRetryMs, signal);
  }
}
