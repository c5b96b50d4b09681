/** One request for a forward pass, with or without gradient, from its submit to its result. */
import type { ForwardResult } from "../../../protocol/in-memory.ts";
import { computed } from "../calls/computed.ts";
import type { ClientState } from "../client-state.ts";
import { TinkerFailure } from "../failure.ts";
import { type Pass, passResult } from "./pass-request.ts";
import type { Numbers, Post, SubmitOrder } from "./submit-order.ts";

export async function runPass(
  state: ClientState,
  order: SubmitOrder,
  pass: Pass,
  signal: AbortSignal,
): Promise<ForwardResult> {
  const { connection, form } = state;
  const doing = pass.kind;
  const gate = state.gates[doing];
  const post: Post = (numbers) =>
    form.submit(pass, numbers.seqId, {
      doing,
      signal,
      // Without a gradient nothing changes, however often it is computed.
      repeatable: () => doing === "forward" || repeatsAreKnown(state, pass.modelId, numbers, signal),
    });
  const { requestId, seqId, epoch, ticket } = await order.submit(post, { signal, gate });
  if (ticket === undefined) throw new Error("a pass enters its gate before it is submitted");
  const answer = await computed(connection, {
    doing,
    signal,
    protobuf: connection.settings.wire !== "json",
    gate,
    ticket,
    requestId,
    renew: () => post({ seqId, another: () => seqId }),
    resubmit: async () => (await order.resubmit(post, epoch))?.requestId ?? null,
  });
  const result = passResult(answer, doing);
  if (result.outputs.length === pass.data.length) return result;
  throw new TinkerFailure(`${doing}: ${pass.data.length} datums were sent and ${result.outputs.length} came back`, {
    reason: "failed",
    effect: doing === "forward" ? "none" : "unknown",
  });
}

/** Whether a request of this model may be sent again although it may have arrived. */
export async function repeatsAreKnown(
  state: ClientState,
  modelId: string,
  numbers: Numbers,
  signal: AbortSignal,
): Promise<boolean> {
  const seqId = numbers.another();
  const token: Pass = {
    kind: "forward",
    modelId,
    data: [{ tokens: [0], targetTokens: [0] }],
    loss: { name: "cross_entropy" },
  };
  return state.deduplication.holds(state.connection, () =>
    state.form.submit(token, seqId, { doing: "a forward pass of one token", signal }),
  );
}
