/** Weights that mean nothing, made as they are read: for measuring speed and memory of a model whose files are elsewhere. */
import type { ModelConfig } from "./config.ts";
import { elements, parameterShapes } from "./parameters.ts";
import type { TensorReader } from "./tensor-reader.ts";

/** Matrices of small numbers without a pattern that matters, all else ones. */
export function noiseReader(config: ModelConfig): TensorReader {
  const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  return {
    shapes,
    async read(name) {
      const shape = shapes.get(name) ?? [];
      const data = new Float32Array(elements(shape)).fill(1);
      if (shape.length === 1) return data;
      // A linear congruential generator (Numerical Recipes); the scale gives a standard deviation of 0.02.
      let state = 1;
      for (let i = 0; i < data.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        data[i] = state * 1.6e-11;
      }
      return data;
    },
  };
}
