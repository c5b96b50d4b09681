/** A datum as protobuf, and back. Reading refuses what would be passed over in silence: pictures, matrices, unknown arrays. */
import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AepoError } from "../../std/errors.ts";
import { DATUM_FLOATS, refuseUnknownInputs, TARGETS } from "../datum-fields.ts";
import type { Datum, Floats } from "../in-memory.ts";
import { bytesOfFloat32, bytesOfInt32, bytesOfInt64, numbersOfBytes } from "./little-endian.ts";
import { CHUNK, DATUM, DTYPE, ENCODED_TEXT_CHUNK, ENTRY, TENSOR } from "./numbers.ts";
import { bytesField, entryField, integerField, integersField, readFields } from "./read-fields.ts";

const BYTES = WireType.LengthDelimited;

/** Into a message that is open in `writer`; its arrays in the order of their names. */
export function writeDatum(writer: BinaryWriter, { tokens, targetTokens, ...floats }: Datum): BinaryWriter {
  writer.tag(DATUM.model_input, BYTES).fork();
  writer.tag(CHUNK.encoded_text, BYTES).fork().tag(ENCODED_TEXT_CHUNK.tokens, BYTES).bytes(bytesOfInt32(tokens));
  writer.join().join();
  writeFloats(writer, "advantages", floats.advantages);
  writeFloats(writer, "logprobs", floats.logprobs);
  writeTensor(writer, TARGETS, bytesOfInt64(targetTokens), DTYPE.int64, targetTokens.length);
  writeFloats(writer, "weights", floats.weights);
  return writer;
}

function writeFloats(writer: BinaryWriter, name: string, values: Floats | undefined): void {
  if (values !== undefined) writeTensor(writer, name, bytesOfFloat32(values), DTYPE.float32, values.length);
}

function writeTensor(writer: BinaryWriter, name: string, data: Uint8Array, dtype: number, length: number): void {
  writer.tag(DATUM.loss_fn_inputs, BYTES).fork().tag(ENTRY.key, BYTES).string(name).tag(ENTRY.value, BYTES).fork();
  writer.tag(TENSOR.dense, BYTES).bytes(data).tag(TENSOR.dtype, WireType.Varint).int32(dtype);
  writer.tag(TENSOR.shape, BYTES).fork().int64(length).join().join().join();
}

/** `where`: "datum 3". */
export function readDatum(bytes: Uint8Array, where: string): Datum {
  const tokens: number[][] = [];
  const inputs = new Map<string, number[]>();
  readFields(bytes, where, {
    [DATUM.model_input]: bytesField((chunk) => tokens.push(readChunk(chunk, where))),
    [DATUM.loss_fn_inputs]: entryField<Uint8Array | null>(
      `${where}: loss_fn_inputs`,
      bytesField,
      null,
      (name, tensor) => inputs.set(name, readTensor(tensor ?? new Uint8Array(), `${where}: ${name.slice(0, 100)}`)),
    ),
  });
  refuseUnknownInputs([...inputs.keys()], where);
  const floats = DATUM_FLOATS.flatMap((name) => {
    const values = inputs.get(name);
    return values === undefined ? [] : [[name, values] as const];
  });
  return { tokens: tokens.flat(), targetTokens: inputs.get(TARGETS) ?? [], ...Object.fromEntries(floats) };
}

function readChunk(bytes: Uint8Array, where: string): number[] {
  let tokens: Uint8Array = new Uint8Array();
  const refuse = (kind: string) =>
    bytesField(() => {
      throw new AepoError("policy", `${where} has ${kind} in its model_input`, { expected: "encoded_text alone" });
    });
  readFields(bytes, `${where}: model_input`, {
    [CHUNK.encoded_text]: bytesField((text) =>
      readFields(text, `${where}: model_input`, {
        [ENCODED_TEXT_CHUNK.tokens]: bytesField((found) => {
          tokens = found;
        }),
      }),
    ),
    [CHUNK.image]: refuse("an image"),
    [CHUNK.dmel]: refuse("sound"),
  });
  return numbersOfBytes(tokens, DTYPE.int32, `${where}: tokens`);
}

function readTensor(bytes: Uint8Array, where: string): number[] {
  let data: Uint8Array = new Uint8Array();
  let dtype = 0;
  const shape: number[] = [];
  readFields(bytes, where, {
    [TENSOR.dense]: bytesField((found) => {
      data = found;
    }),
    [TENSOR.sparse_csr]: bytesField(() => {
      throw new AepoError("policy", `${where} is a sparse tensor`, { expected: "one number a target token, dense" });
    }),
    [TENSOR.dtype]: integerField((value) => {
      dtype = value;
    }),
    [TENSOR.shape]: integersField((values) => shape.push(...values.slice(0, 8))),
  });
  const values = numbersOfBytes(data, dtype, where);
  if (shape.length > 1 || (shape.length === 1 && shape[0] !== values.length))
    throw new AepoError("policy", `${where} has shape [${shape.join(", ")}]`, {
      expected: `[${values.length}]: its data has ${values.length} numbers, one a target token`,
    });
  return values;
}
