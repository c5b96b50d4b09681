/** One optimiser step. It is a barrier: what was submitted before it is computed before it. */
import { adamToJson } from "../../../protocol/adam-json.ts";
import { metricsFromJson } from "../../../protocol/forward-json.ts";
import type { AdamParams } from "../../../protocol/in-memory.ts";
import { optimStepResultSchema } from "../../../protocol/messages/training.ts";
import { withRenewals } from "../calls/computed.ts";
import { postJson, read, requestIdOf } from "../calls/submit.ts";
import type { ClientState } from "../client-state.ts";
import type { OptimResult } from "../tinker-client.ts";
import { repeatsAreKnown } from "./pass.ts";
import type { Post, SubmitOrder } from "./submit-order.ts";

const DOING = "optim_step";
/** What servers call the global norm before clipping. */
const NORMS = ["skyrl.ai/grad_norm", "grad_norm", "grad_norm:last", "optimizer/grad_norm"];

interface Steppable {
  readonly id: string;
  readonly state: ClientState;
  readonly order: SubmitOrder;
}

export async function optimStep(
  { id, state, order }: Steppable,
  adam: AdamParams,
  signal: AbortSignal,
  after: () => Promise<void>,
): Promise<OptimResult> {
  const { connection } = state;
  const post: Post = async (numbers) => {
    const body = { type: DOING, model_id: id, adam_params: adamToJson(adam), seq_id: numbers.seqId };
    const repeatable = (): Promise<boolean> => repeatsAreKnown(state, id, numbers, signal);
    return requestIdOf(await postJson(connection, DOING, body, { doing: DOING, signal, repeatable }), DOING);
  };
  const { requestId, seqId } = await order.submit(post, { signal, changesWeights: true, after });
  const renew = (): Promise<string> => post({ seqId, another: () => seqId });
  const answer = await withRenewals(connection, requestId, { doing: DOING, signal, protobuf: false, renew });
  const told = read(optimStepResultSchema, answer, DOING).metrics;
  // A norm that is no number is the one thing a caller must hear of.
  const bad = NORMS.some((name) => told?.[name] === null);
  const metrics = metricsFromJson(told);
  const norm = NORMS.map((name) => metrics[name]).find((value) => value !== undefined);
  return { metrics, gradientNorm: norm ?? (bad ? Number.NaN : null) };
}
