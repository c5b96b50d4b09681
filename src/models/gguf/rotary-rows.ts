/**
 * The order of rows of a head's queries and keys. Hugging Face's rotary embedding turns number i of a head with number i + half;
 * files for llama.cpp have those pairs as neighbours, 2i and 2i + 1. Biases are matrices of one column.
 */

/** From neighbours to halves: what a file has, as Hugging Face has it. */
export function rowsInHalves(data: Float32Array, rows: number, heads: number): Float32Array {
  return reorder(data, rows, heads, (half, row) => (row < half ? 2 * row : 2 * (row - half) + 1));
}

/** From halves to neighbours. */
export function rowsAsNeighbours(data: Float32Array, rows: number, heads: number): Float32Array {
  return reorder(data, rows, heads, (half, row) => (row % 2 === 0 ? row / 2 : half + (row - 1) / 2));
}

/** Row r of each head becomes what was its row source(half, r). */
function reorder(
  data: Float32Array,
  rows: number,
  heads: number,
  source: (half: number, row: number) => number,
): Float32Array {
  const perHead = rows / heads;
  const width = data.length / rows;
  if (!Number.isInteger(perHead / 2)) throw new RangeError(`${rows} rows of ${heads} heads`);
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const inHead = row % perHead;
    const from = (row - inHead + source(perHead / 2, inHead)) * width;
    out.set(data.subarray(from, from + width), row * width);
  }
  return out;
}
