/** The result of a forward pass as protobuf, and back. The message is `ForwardBackwardOutput`. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AepoError } from "../../std/errors.ts";
import type { ForwardOutput, ForwardResult } from "../in-memory.ts";
import { byName } from "./map-order.ts";
import { bytesOfFloat32, bytesOfInt64, numbersOfBytes, widthOf } from "./little-endian.ts";
import { ARRAY_RECORD, BATCHED_TENSOR, DTYPE, ENTRY, FORWARD_BACKWARD_OUTPUT as FIELDS } from "./numbers.ts";
import { bytesField, doubleField, entryField, integerField, readFields, textField } from "./read-fields.ts";

const BYTES = WireType.LengthDelimited;
const LOGPROBS = "logprobs";
const LOSSES = "elementwise_loss";

/** One record of all datums. A field that not every datum has is left out. */
export function forwardResultToProtobuf({ outputs, metrics }: ForwardResult): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(FIELDS.loss_fn_output_type, BYTES).string("scalar");
  if (outputs.length > 0) {
    writer.tag(FIELDS.loss_fn_outputs, BYTES).fork();
    const losses = outputs.flatMap(({ elementwiseLoss }) => (elementwiseLoss === undefined ? [] : [elementwiseLoss]));
    if (losses.length === outputs.length) writeBatch(writer, LOSSES, losses);
    const logprobs = outputs.map((output) => output.logprobs);
    writeBatch(writer, LOGPROBS, logprobs);
    writer.tag(ARRAY_RECORD.num_datums, WireType.Varint).int64(outputs.length).join();
  }
  for (const [name, value] of Object.entries(metrics).sort(byName)) {
    writer.tag(FIELDS.metrics, BYTES).fork().tag(ENTRY.key, BYTES).string(name);
    writer.tag(ENTRY.value, WireType.Bit64).double(value).join();
  }
  return writer.finish();
}

function writeBatch(writer: BinaryWriter, name: string, arrays: readonly Float32Array[]): void {
  const offsets = [0];
  for (const { length } of arrays) offsets.push((offsets.at(-1) ?? 0) + length * 4);
  const all = new Float32Array((offsets.at(-1) ?? 0) / 4);
  for (const [index, array] of arrays.entries()) all.set(array, (offsets[index] ?? 0) / 4);
  writer.tag(ARRAY_RECORD.fields, BYTES).fork().tag(ENTRY.key, BYTES).string(name).tag(ENTRY.value, BYTES).fork();
  writer.tag(BATCHED_TENSOR.data, BYTES).bytes(bytesOfFloat32(all));
  writer.tag(BATCHED_TENSOR.offsets, BYTES).bytes(bytesOfInt64(offsets));
  writer.tag(BATCHED_TENSOR.dtype, WireType.Varint).int32(DTYPE.float32).join().join();
}

/** Records follow one another; in each, a field's arrays are those of its datums. */
export function forwardResultFromProtobuf(bytes: Uint8Array): ForwardResult {
  const outputs: ForwardOutput[] = [];
  const metrics = new Map<string, number>();
  readFields(bytes, "the ForwardBackwardOutput", {
    [FIELDS.loss_fn_output_type]: textField(() => undefined),
    [FIELDS.loss_fn_outputs]: bytesField((record) => {
      for (const output of readRecord(record)) outputs.push(output);
    }),
    [FIELDS.metrics]: entryField("metrics", doubleField, 0, (name, value) => metrics.set(name, value)),
  });
  return { outputs, metrics: Object.fromEntries([...metrics].filter(([, value]) => !Number.isNaN(value))) };
}

function readRecord(bytes: Uint8Array): ForwardOutput[] {
  const fields = new Map<string, Float32Array[]>();
  readFields(bytes, "an ArrayRecord", {
    [ARRAY_RECORD.type_tag]: textField(() => undefined),
    [ARRAY_RECORD.fields]: entryField<Uint8Array | null>("an ArrayRecord", bytesField, null, (name, batch) => {
      if (name === LOGPROBS || name === LOSSES) fields.set(name, readBatch(batch ?? new Uint8Array(), name));
    }),
  });
  const logprobs = fields.get(LOGPROBS);
  if (logprobs === undefined) throw new AepoError("policy", "the outputs of a forward pass have no logprobs");
  const losses = fields.get(LOSSES);
  if (losses !== undefined && losses.length !== logprobs.length)
    throw new AepoError("policy", `a forward pass has ${logprobs.length} logprobs, ${losses.length} elementwise_loss`);
  return logprobs.map((array, index) => {
    const elementwiseLoss = losses?.[index];
    return elementwiseLoss === undefined ? { logprobs: array } : { logprobs: array, elementwiseLoss };
  });
}

/** Offsets are of bytes: one more than there are arrays, from 0 to the end. */
function readBatch(bytes: Uint8Array, name: string): Float32Array[] {
  let data: Uint8Array = new Uint8Array();
  let marks: Uint8Array = new Uint8Array();
  let dtype = 0;
  readFields(bytes, name, {
    [BATCHED_TENSOR.data]: bytesField((found) => {
      data = found;
    }),
    [BATCHED_TENSOR.offsets]: bytesField((found) => {
      marks = found;
    }),
    [BATCHED_TENSOR.dtype]: integerField((value) => {
      dtype = value;
    }),
    [BATCHED_TENSOR.trailing_shape]: bytesField((shape) => {
      if (shape.length > 0)
        throw new AepoError("policy", `${name} has more than one axis`, { expected: "one number a token" });
    }),
  });
  const width = widthOf(dtype, name);
  const numbers = Float32Array.from(numbersOfBytes(data, dtype, name));
  const offsets = numbersOfBytes(marks, DTYPE.int64, `${name}: offsets`);
  return offsets.slice(1).map((end, index) => {
    const start = offsets[index] ?? 0;
    if (start % width !== 0 || end % width !== 0 || start < 0 || start > end || end > data.byteLength)
      throw new AepoError("policy", `${name}: array ${index} goes from byte ${start} to ${end}`, {
        expected: `multiples of ${width} that do not fall, at most ${data.byteLength}`,
      });
    return numbers.slice(start / width, end / width);
  });
}
