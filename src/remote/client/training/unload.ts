/** Frees a model's place on the server. One that is gone already is as good. */
import { withRenewals } from "../calls/computed.ts";
import { postJson, requestIdOf } from "../calls/submit.ts";
import type { Connection } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import type { SubmitOrder } from "./submit-order.ts";

const DOING = "unload_model";

/** Resolves to whether it was there. `order`: after all calls made before. */
export async function unloadModel(
  connection: Connection,
  modelId: string,
  signal: AbortSignal,
  order?: SubmitOrder,
): Promise<boolean> {
  const post = async (): Promise<string> =>
    requestIdOf(await postJson(connection, DOING, { type: DOING, model_id: modelId }, { doing: DOING, signal }), DOING);
  try {
    const requestId = order === undefined ? await post() : (await order.submit(post, { signal })).requestId;
    await withRenewals(connection, requestId, { doing: DOING, signal, protobuf: false });
    return true;
  } catch (thrown) {
    if (thrown instanceof TinkerFailure && GONE.has(thrown.reason)) return false;
    throw thrown;
  }
}

const GONE: ReadonlySet<string> = new Set(["model-lost", "expired", "lost"]);
