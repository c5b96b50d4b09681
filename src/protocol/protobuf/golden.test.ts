/** Against messages that the official SDK wrote (test/tinker/make-protobuf-golden.py): the same bytes from the same content, the same content from them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ForwardResult, SampleResult } from "../in-memory.ts";
import { forwardResultFromProtobuf, forwardResultToProtobuf } from "./forward-protobuf.ts";
import * as numbers from "./numbers.ts";
import { type PassRequest, passFromProtobuf, passToProtobuf } from "./pass-protobuf.ts";
import { sampleResultFromProtobuf, sampleResultToProtobuf } from "./sample-protobuf.ts";
import { unzstd } from "./unzstd.ts";

interface Written<T> {
  readonly value: T;
  readonly bytes: string;
}
interface ForwardValue {
  readonly outputs: readonly { readonly logprobs: number[]; readonly elementwise_loss?: number[] }[];
  readonly metrics: Record<string, number>;
}
interface Golden {
  readonly numbers: {
    readonly messages: Record<string, Record<string, number>>;
    readonly enums: Record<string, Record<string, number>>;
  };
  readonly requests: readonly (Written<PassRequest> & { readonly zstd: string })[];
  readonly forwards: readonly Written<ForwardValue>[];
  readonly halves: readonly Written<ForwardValue>[];
  readonly samples: readonly Written<SampleResult>[];
}

const recordings = new URL("../../../test/tinker/recordings/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("protobuf.json", recordings), "utf8")) as Golden;
const decoded = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const encoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function forwardResult({ outputs, metrics }: ForwardValue): ForwardResult {
  return {
    outputs: outputs.map(({ logprobs, elementwise_loss }) => ({
      logprobs: Float32Array.from(logprobs),
      ...(elementwise_loss === undefined ? {} : { elementwiseLoss: Float32Array.from(elementwise_loss) }),
    })),
    metrics,
  };
}

describe("field numbers", () => {
  it.each([
    ["SampleResponse", numbers.SAMPLE_RESPONSE],
    ["SampledSequence", numbers.SAMPLED_SEQUENCE],
    ["TopkLogprobs", numbers.TOPK_LOGPROBS],
    ["Tensor", numbers.TENSOR],
    ["BatchedTensor", numbers.BATCHED_TENSOR],
    ["ArrayRecord", numbers.ARRAY_RECORD],
    ["ForwardBackwardOutput", numbers.FORWARD_BACKWARD_OUTPUT],
    ["ForwardBackwardRequest", numbers.FORWARD_BACKWARD_REQUEST],
    ["LossConfigValue", numbers.LOSS_CONFIG_VALUE],
    ["Datum", numbers.DATUM],
    ["Chunk", numbers.CHUNK],
    ["EncodedTextChunk", numbers.ENCODED_TEXT_CHUNK],
  ])("of %s are the SDK's", (message, fields) => {
    expect(golden.numbers.messages[message]).toMatchObject(fields);
  });

  it("of the enums are the SDK's", () => {
    const { STOP_REASON, DTYPE } = numbers;
    expect(golden.numbers.enums["StopReason"]).toEqual({
      STOP_REASON_STOP: STOP_REASON.stop,
      STOP_REASON_LENGTH: STOP_REASON.length,
    });
    expect(golden.numbers.enums["DType"]).toMatchObject({
      DTYPE_FLOAT32: DTYPE.float32,
      DTYPE_INT64: DTYPE.int64,
      DTYPE_INT32: DTYPE.int32,
      DTYPE_BFLOAT16: DTYPE.bfloat16,
    });
  });
});

describe.each(golden.requests.map((request, index) => ({ ...request, index })))("request $index", (request) => {
  it("is read as the SDK meant it", () => {
    expect(passFromProtobuf(decoded(request.bytes), 2)).toEqual(request.value);
  });
  it("is written as the SDK writes it, byte for byte", () => {
    expect(encoded(passToProtobuf(request.value))).toBe(request.bytes);
  });
  it("is read from the SDK's zstd, too", () => {
    const { length } = decoded(request.bytes);
    expect(encoded(unzstd(decoded(request.zstd), length))).toBe(request.bytes);
  });
});

describe("results", () => {
  it.each(golden.forwards)("of forward passes are read and written as the SDK does: %#", ({ value, bytes }) => {
    expect(forwardResultFromProtobuf(decoded(bytes))).toEqual(forwardResult(value));
    expect(encoded(forwardResultToProtobuf(forwardResult(value)))).toBe(bytes);
  });
  it.each(golden.halves)("of forward passes in bfloat16 are read: %#", ({ value, bytes }) => {
    expect(forwardResultFromProtobuf(decoded(bytes))).toEqual(forwardResult(value));
  });
  it.each(golden.samples)("of samples are read and written as the SDK does: %#", ({ value, bytes }) => {
    expect(sampleResultFromProtobuf(decoded(bytes))).toEqual(value);
    expect(encoded(sampleResultToProtobuf(value))).toBe(bytes);
  });
});

describe("recorded between the SDK 0.25.0 and SkyRL", () => {
  const rows = readFileSync(new URL("sdk.jsonl", recordings), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string; request: unknown; response: unknown });
  const body = (text: unknown): Uint8Array | null => {
    const [, base64] = /^<\d+ bytes application\/x-protobuf> base64:(.*)$/s.exec(String(text)) ?? [];
    return base64 === undefined ? null : decoded(base64);
  };
  const requests = rows.flatMap((row) => body(row.request) ?? []);
  const answers = rows.flatMap((row) => body(row.response) ?? []);

  it("every request is read, and written again in as many bytes", () => {
    expect(requests).toHaveLength(3);
    const passes = requests.map((bytes) => passFromProtobuf(bytes, 1));
    expect(passes.map(({ loss, forwardOnly }) => [loss, forwardOnly])).toEqual([
      ["cross_entropy", true],
      ["cross_entropy", false],
      ["importance_sampling", false],
    ]);
    expect(passes.map((pass) => passToProtobuf(pass).length)).toEqual(requests.map(({ length }) => length));
  });

  it("every answer is read: three forward passes of ten tokens, two samples", () => {
    const forwards = answers.slice(0, 3).map((bytes) => forwardResultFromProtobuf(bytes));
    expect(forwards.map(({ outputs }) => outputs.map(({ logprobs }) => logprobs.length))).toEqual([[10], [10], [10]]);
    expect(forwards[0]?.outputs[0]?.elementwiseLoss?.[0]).toBe(-(forwards[0]?.outputs[0]?.logprobs[0] ?? 0));
    const samples = answers.slice(3).map((bytes) => sampleResultFromProtobuf(bytes));
    expect(samples.map(({ sequences }) => sequences.map(({ tokens }) => tokens.length))).toEqual([[5, 5], [1]]);
    expect(samples[1]?.promptLogprobs).toHaveLength(10);
  });
});
