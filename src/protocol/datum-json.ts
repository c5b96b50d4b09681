/** A datum as JSON, and back. Reading refuses what would be passed over in silence: pictures, matrices, unknown arrays. */
import { AepoError } from "../std/errors.ts";
import { DATUM_FLOATS, refuseUnknownInputs, TARGETS } from "./datum-fields.ts";
import type { Datum, Floats } from "./in-memory.ts";
import type { DatumMessage, ModelInput, Tensor } from "./messages/tensor.ts";

/** A tensor of one axis. Numbers that JSON has no words for are the caller's fault, found by `checkDatums`. */
export function tensorToJson(values: Floats | Int32Array, dtype: "int64" | "float32"): Tensor {
  return { data: Array.from(values), dtype, shape: [values.length] };
}

export function modelInputToJson(tokens: ArrayLike<number>): ModelInput {
  return { chunks: [{ type: "encoded_text", tokens: Array.from(tokens) }] };
}

/** Chunks are put together. */
export function modelInputFromJson({ chunks }: ModelInput): number[] {
  return chunks.flatMap(({ tokens }) => tokens);
}

export function datumToJson({ tokens, targetTokens, ...floats }: Datum): DatumMessage {
  const inputs: Record<string, Tensor> = { [TARGETS]: tensorToJson(targetTokens, "int64") };
  for (const name of DATUM_FLOATS) {
    const values = floats[name];
    if (values !== undefined) inputs[name] = tensorToJson(values, "float32");
  }
  return { model_input: modelInputToJson(tokens), loss_fn_inputs: inputs };
}

/** Numbers are float32, as in the other form. `where`: "datum 3". Lengths and ids are left to `checkDatums`. */
export function datumFromJson({ model_input, loss_fn_inputs }: DatumMessage, where: string): Datum {
  refuseUnknownInputs(Object.keys(loss_fn_inputs), where);
  const targets = loss_fn_inputs[TARGETS] ?? { data: [] };
  const floats = DATUM_FLOATS.flatMap((name) => {
    const tensor = loss_fn_inputs[name];
    return tensor === undefined ? [] : [[name, flat(tensor, `${where}: ${name}`).map(Math.fround)] as const];
  });
  return {
    tokens: modelInputFromJson(model_input),
    targetTokens: flat(targets, `${where}: ${TARGETS}`),
    ...Object.fromEntries(floats),
  };
}

function flat({ data, shape, sparse_crow_indices, sparse_col_indices }: Tensor, where: string): number[] {
  if (sparse_crow_indices || sparse_col_indices)
    throw new AepoError("policy", `${where} is a sparse tensor`, { expected: "one number a target token, dense" });
  if (shape && (shape.length !== 1 || shape[0] !== data.length))
    throw new AepoError("policy", `${where} has shape [${shape.join(", ")}]`, {
      expected: `[${data.length}]: its data has ${data.length} numbers, one a target token`,
    });
  return data;
}
