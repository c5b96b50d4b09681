/** The model that writes rows into a pool on a GPU: pool' = pool with rows[taken[i]] at row places[i]. */
import type { DType, Shape } from "../value.ts";
import { encodeModel, type OnnxNode, type OnnxPort } from "./encode.ts";

export function scatterModel(dtype: DType, pool: Shape, rows: Shape): Uint8Array {
  const count = rows[0] ?? 0;
  const node = (
    type: string,
    inputs: readonly string[],
    output: string,
    attributes: OnnxNode["attributes"] = {},
  ): OnnxNode => {
    return { type, domain: "", inputs, outputs: [output], attributes };
  };
  const index = (name: string): OnnxPort => ({
    name,
    type: "i32",
    shape: [count],
  });
  const column = new Uint8Array(BigInt64Array.of(BigInt(count), 1n).buffer);
  return encodeModel({
    nodes: [
      node("Gather", ["rows", "taken"], "chosen", { axis: { int: 0 } }),
      node("Cast", ["places"], "places64", { to: { int: 7 } }),
      node("Reshape", ["places64", "column"], "indices"),
      node("ScatterND", ["pool", "indices", "chosen"], "pool'"),
    ],
    constants: [{ name: "column", type: "i64", shape: [2], bytes: column }],
    inputs: [
      { name: "pool", type: dtype, shape: pool },
      { name: "rows", type: dtype, shape: rows },
      index("taken"),
      index("places"),
    ],
    outputs: [{ name: "pool'", type: dtype, shape: pool }],
  });
}
