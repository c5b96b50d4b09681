/** Reading and writing by index. Every index must be in range: callers pad with 0 and mask. */
import { sameShape, showShape } from "../shape.ts";
import type { Value } from "../value.ts";
import { checkDType, checkRank, refuse } from "./check.ts";

/** x [T, ...rest], index i32 of any shape S → [...S, ...rest]. */
export function gatherRows(x: Value, index: Value): Value {
  checkDType("gatherRows", "index", index, ["i32"]);
  checkDType("gatherRows", "x", x, ["f32", "i32"]);
  checkRank("gatherRows", "x", x, 1);
  return {
    op: "gatherRows",
    inputs: [x, index],
    params: {},
    shape: [...index.shape, ...x.shape.slice(1)],
    dtype: x.dtype,
  };
}

/** x [...S, ...rest], index i32 [...S] → [rows, ...rest]; rows that meet are added, rows that none meets are 0. */
export function scatterAddRows(x: Value, index: Value, rows: number): Value {
  checkDType("scatterAddRows", "x", x, ["f32"]);
  checkDType("scatterAddRows", "index", index, ["i32"]);
  const lead = x.shape.slice(0, index.shape.length);
  if (!sameShape(lead, index.shape)) {
    refuse("scatterAddRows", `index ${showShape(index.shape)} does not lead x ${showShape(x.shape)}`, {
      expected: "x to begin with the axes of the index",
    });
  }
  if (!(Number.isInteger(rows) && rows >= 1))
    refuse("scatterAddRows", `${rows} rows`, {
      expected: "a positive integer",
    });
  const shape = [rows, ...x.shape.slice(index.shape.length)];
  return {
    op: "scatterAddRows",
    inputs: [x, index],
    params: {},
    shape,
    dtype: "f32",
  };
}

/** x [..., V], index i32 [...] → [...]: one element of each last axis. */
export function pick(x: Value, index: Value): Value {
  checkDType("pick", "x", x, ["f32"]);
  checkDType("pick", "index", index, ["i32"]);
  checkRank("pick", "x", x, 1);
  if (!sameShape(x.shape.slice(0, -1), index.shape)) {
    refuse("pick", `index ${showShape(index.shape)} does not fit x ${showShape(x.shape)}`, {
      expected: `an index of shape ${showShape(x.shape.slice(0, -1))}`,
    });
  }
  return {
    op: "pick",
    inputs: [x, index],
    params: {},
    shape: index.shape,
    dtype: "f32",
  };
}

/** x [...], index i32 [...] → [..., extent]: zeros, with x at the index of each last axis. The reverse of `pick`. */
export function place(x: Value, index: Value, extent: number): Value {
  checkDType("place", "x", x, ["f32"]);
  checkDType("place", "index", index, ["i32"]);
  if (!sameShape(x.shape, index.shape)) {
    refuse("place", `index ${showShape(index.shape)} does not fit x ${showShape(x.shape)}`, {
      expected: "equal shapes",
    });
  }
  if (!(Number.isInteger(extent) && extent >= 1))
    refuse("place", `an axis of ${extent}`, { expected: "a positive integer" });
  return {
    op: "place",
    inputs: [x, index],
    params: {},
    shape: [...x.shape, extent],
    dtype: "f32",
  };
}
