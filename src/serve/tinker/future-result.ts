/** What a future resolves to: passes and samples can be written as protobuf, everything else is JSON. */
import type { ForwardResult, SampleResult } from "../../protocol/in-memory.ts";

export type FutureResult =
  | { readonly kind: "json"; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "forward"; readonly result: ForwardResult }
  | { readonly kind: "sample"; readonly result: SampleResult };
