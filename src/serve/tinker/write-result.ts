/** Results in the form their client reads. */
import { forwardResultToJson } from "../../protocol/forward-json.ts";
import { sampleResultToJson } from "../../protocol/sample-json.ts";
import { forwardResultToProtobuf } from "../../protocol/protobuf/forward-protobuf.ts";
import { sampleResultToProtobuf } from "../../protocol/protobuf/sample-protobuf.ts";
import type { FutureResult } from "./future-result.ts";

export function resultJson(future: FutureResult): Readonly<Record<string, unknown>> {
  if (future.kind === "json") return future.body;
  return future.kind === "forward"
    ? forwardResultToJson(future.result)
    : { type: "sample", ...sampleResultToJson(future.result) };
}

/** Null for those that are JSON alone. */
export function resultProtobuf(future: FutureResult): Uint8Array<ArrayBuffer> | null {
  if (future.kind === "json") return null;
  return future.kind === "forward" ? forwardResultToProtobuf(future.result) : sampleResultToProtobuf(future.result);
}
