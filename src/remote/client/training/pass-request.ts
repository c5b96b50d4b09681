/** A forward pass as it is sent, in either form, and its result, in either form. */
import { datumToJson } from "../../../protocol/datum-json.ts";
import { forwardResultFromJson } from "../../../protocol/forward-json.ts";
import type { Datum, ForwardResult } from "../../../protocol/in-memory.ts";
import { forwardResultSchema } from "../../../protocol/messages/training.ts";
import { forwardResultFromProtobuf } from "../../../protocol/protobuf/forward-protobuf.ts";
import { passToProtobuf } from "../../../protocol/protobuf/pass-protobuf.ts";
import { isJson } from "../calls/future.ts";
import { read, readable } from "../calls/submit.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { RemoteLoss } from "../tinker-client.ts";

export interface Pass {
  readonly kind: "forward" | "forward_backward";
  readonly modelId: string;
  readonly data: readonly Datum[];
  readonly loss: RemoteLoss;
}

export interface WireRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function passAsJson({ kind, modelId, data, loss }: Pass, seqId: number): WireRequest {
  const input = { data: data.map(datumToJson), loss_fn: loss.name, loss_fn_config: loss.config ?? null };
  return {
    path: `/api/v1/${kind}`,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ model_id: modelId, seq_id: seqId, [`${kind}_input`]: input }),
  };
}

/** Without a gradient it is the same call with a flag. */
export function passAsProtobuf({ kind, modelId, data, loss }: Pass, seqId: number): WireRequest {
  const { name, config = {} } = loss;
  return {
    path: "/api/v1/forward_backward",
    headers: { "content-type": "application/x-protobuf", accept: "application/json" },
    body: passToProtobuf({ modelId, seqId, data, loss: name, config, forwardOnly: kind === "forward" }),
  };
}

export function passResult(answer: HttpAnswer, doing: string): ForwardResult {
  return readable(doing, () =>
    isJson(answer)
      ? forwardResultFromJson(read(forwardResultSchema, answer, doing))
      : forwardResultFromProtobuf(answer.body),
  );
}
