/** Results in the form their client reads. */
import { forwardResultToJson } from "../../protocol/forward-json.ts";
import { sampleResultToJson } from "../../protocol/sample-json.ts";
import type { FutureResult } from "./future-result.ts";

export function resultJson(future: FutureResult): Readonly<Record<string, unknown>> {
  if (future.kind === "json") return future.body;
  return future.kind === "forward"
    ? forwardResultToJson(future.result)
    : { type: "sample", ...sampleResultToJson(future.result) };
}
