import { describe, expect, it } from "vitest";
import { rowsAsNeighbours, rowsInHalves } from "./rotary-rows.ts";

describe("rows of rotated heads", () => {
  // Two heads of six rows, one column: each row holds its own number.
  const halves = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  // llama.cpp's convert_hf_to_gguf.py: w.reshape(heads, 2, rows // heads // 2, …).swapaxes(1, 2).
  const neighbours = Float32Array.of(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11);

  it("become neighbours as llama.cpp's converter orders them, and halves again", () => {
    expect(rowsAsNeighbours(halves, 12, 2)).toEqual(neighbours);
    expect(rowsInHalves(neighbours, 12, 2)).toEqual(halves);
  });

  it("move whole", () => {
    const wide = Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5);
    expect(rowsAsNeighbours(wide, 4, 1)).toEqual(Float32Array.of(0, 0.5, 2, 2.5, 1, 1.5, 3, 3.5));
    expect(rowsInHalves(rowsAsNeighbours(wide, 4, 1), 4, 1)).toEqual(wide);
  });
});
