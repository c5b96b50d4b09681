/** The result of a request to sample as protobuf, and back. The message is `SampleResponse`. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AepoError } from "../../std/errors.ts";
import type { SampledSequence, SampleResult, TokenLogprob } from "../in-memory.ts";
import { sampledSequence } from "../sample-json.ts";
import { bytesOfFloat32, bytesOfInt32, numbersOfBytes } from "./little-endian.ts";
import { DTYPE, SAMPLE_RESPONSE as FIELDS, SAMPLED_SEQUENCE, STOP_REASON, TOPK_LOGPROBS } from "./numbers.ts";
import { bytesField, integerField, readFields } from "./read-fields.ts";

const BYTES = WireType.LengthDelimited;
/** What an empty place of a table of the likeliest tokens holds, with token 0. */
const NOTHING = -99_999;

export function sampleResultToProtobuf(result: SampleResult): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const { tokens, logprobs, stopReason } of result.sequences) {
    writer.tag(FIELDS.sequences, BYTES).fork();
    if (stopReason === "length") writer.tag(SAMPLED_SEQUENCE.stop_reason, WireType.Varint).int32(STOP_REASON.length);
    writer.tag(SAMPLED_SEQUENCE.tokens, BYTES).bytes(bytesOfInt32(tokens));
    writer.tag(SAMPLED_SEQUENCE.logprobs, BYTES).bytes(bytesOfFloat32(logprobs)).join();
  }
  if (result.promptLogprobs !== null) {
    const floats = result.promptLogprobs.map((logprob) => logprob ?? Number.NaN);
    writer.tag(FIELDS.prompt_logprobs, BYTES).bytes(bytesOfFloat32(floats));
  }
  if (result.topPromptLogprobs !== null) {
    writeTop(writer.tag(FIELDS.topk_prompt_logprobs, BYTES).fork(), result.topPromptLogprobs);
    writer.join();
  }
  if (result.cachedPromptTokens !== null)
    writer.tag(FIELDS.prompt_cache_hit_tokens, WireType.Varint).int32(result.cachedPromptTokens);
  return writer.finish();
}

type Top = readonly (readonly TokenLogprob[] | null)[];

/** A rectangle: rows shorter than the longest are filled up. */
function writeTop(writer: BinaryWriter, top: Top): void {
  const k = Math.max(0, ...top.map((at) => at?.length ?? 0));
  const cells = top.flatMap((at) => Array.from({ length: k }, (_, rank) => at?.[rank] ?? { id: 0, logprob: NOTHING }));
  writer.tag(TOPK_LOGPROBS.token_ids, BYTES).bytes(bytesOfInt32(cells.map(({ id }) => id)));
  writer.tag(TOPK_LOGPROBS.logprobs, BYTES).bytes(bytesOfFloat32(cells.map(({ logprob }) => logprob)));
  writer.tag(TOPK_LOGPROBS.k, WireType.Varint).uint32(k).tag(TOPK_LOGPROBS.length, WireType.Varint).uint32(top.length);
}

export function sampleResultFromProtobuf(bytes: Uint8Array): SampleResult {
  const sequences: SampledSequence[] = [];
  let promptLogprobs: (number | null)[] | null = null;
  let topPromptLogprobs: Top | null = null;
  let cachedPromptTokens: number | null = null;
  readFields(bytes, "the SampleResponse", {
    [FIELDS.sequences]: bytesField((sequence) => sequences.push(readSequence(sequence, sequences.length))),
    [FIELDS.prompt_logprobs]: bytesField((found) => {
      const floats = numbersOfBytes(found, DTYPE.float32, "prompt_logprobs");
      // Some servers write the field although nobody asked.
      promptLogprobs = floats.length === 0 ? null : floats.map((logprob) => (Number.isNaN(logprob) ? null : logprob));
    }),
    [FIELDS.topk_prompt_logprobs]: bytesField((found) => {
      topPromptLogprobs = readTop(found);
    }),
    [FIELDS.prompt_cache_hit_tokens]: integerField((value) => {
      cachedPromptTokens = value;
    }),
  });
  return { sequences, promptLogprobs, topPromptLogprobs, cachedPromptTokens };
}

function readSequence(bytes: Uint8Array, index: number): SampledSequence {
  let reason = 0;
  let tokens: number[] = [];
  let logprobs: number[] | null = null;
  readFields(bytes, `sequence ${index}`, {
    [SAMPLED_SEQUENCE.stop_reason]: integerField((value) => {
      reason = value;
    }),
    [SAMPLED_SEQUENCE.tokens]: bytesField((found) => {
      tokens = numbersOfBytes(found, DTYPE.int32, `sequence ${index}: tokens`);
    }),
    [SAMPLED_SEQUENCE.logprobs]: bytesField((found) => {
      logprobs = numbersOfBytes(found, DTYPE.float32, `sequence ${index}: logprobs`);
    }),
  });
  if (reason !== STOP_REASON.stop && reason !== STOP_REASON.length)
    throw new AepoError("policy", `sequence ${index} ended for reason ${reason}`, {
      expected: "0 (stop) or 1 (length)",
    });
  // An empty field is not written.
  return sampledSequence(
    index,
    tokens,
    logprobs ?? (tokens.length === 0 ? [] : null),
    reason === 0 ? "stop" : "length",
  );
}

function readTop(bytes: Uint8Array): Top | null {
  let [ids, logprobs]: [number[], number[]] = [[], []];
  let [k, length] = [0, 0];
  readFields(bytes, "topk_prompt_logprobs", {
    [TOPK_LOGPROBS.token_ids]: bytesField((found) => {
      ids = numbersOfBytes(found, DTYPE.int32, "topk_prompt_logprobs: token_ids");
    }),
    [TOPK_LOGPROBS.logprobs]: bytesField((found) => {
      logprobs = numbersOfBytes(found, DTYPE.float32, "topk_prompt_logprobs: logprobs");
    }),
    [TOPK_LOGPROBS.k]: integerField((value) => {
      k = value;
    }),
    [TOPK_LOGPROBS.length]: integerField((value) => {
      length = value;
    }),
  });
  if (k === 0 || length === 0) return null;
  if (ids.length !== k * length || logprobs.length !== k * length)
    throw new AepoError("policy", `topk_prompt_logprobs has ${ids.length} ids and ${logprobs.length} logprobs`, {
      expected: `${length} × ${k} of each`,
    });
  return Array.from({ length }, (_, position) => {
    const row = Array.from({ length: k }, (_, rank) => position * k + rank)
      .map((cell) => ({ id: ids[cell] ?? 0, logprob: logprobs[cell] ?? NOTHING }))
      .filter(({ logprob }) => logprob > NOTHING);
    return row.length === 0 ? null : row;
  });
}
