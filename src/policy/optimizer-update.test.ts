import { expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import { STEP } from "./conformance-learning.ts";
import { floats } from "./forest.ts";
import { gradientName } from "./forest-graph.ts";
import { firstMomentName, optimizerInputs, secondMomentName } from "./optimizer-graph.ts";
import { measureNorm, optimizerPieces, updateInPieces } from "./optimizer-update.ts";
import { Programs } from "./programs.ts";
import type { DeviceTensors } from "./weights.ts";

const sizes = (pieces: ReturnType<typeof optimizerPieces>): number[][] =>
  pieces.map((piece) => piece.map(({ shape }) => shape[0] ?? 0));
const of = (...counts: number[]) => counts.map((count, i) => ({ name: String(i), shape: [count] }));
const M = 2 ** 20;

it("keeps a small model in one piece, and cuts a large one between tensors", () => {
  expect(sizes(optimizerPieces(of(3, 4, 5)))).toEqual([[3, 4, 5]]);
  expect(sizes(optimizerPieces(of(20 * M, 8 * M, 8 * M, 1, 30 * M)))).toEqual([
    [20 * M],
    [8 * M, 8 * M],
    [1],
    [30 * M],
  ]);
});

it("has larger pieces instead of many for a huge model", () => {
  const pieces = optimizerPieces(of(...Array<number>(100).fill(100 * M)));
  expect(pieces.length).toBeLessThanOrEqual(17);
  expect(sizes(pieces).flat()).toHaveLength(100);
});

it("gives in pieces, bit for bit, what it gives in one, and lets go of what it used", async () => {
  const runtime = await openInlineRuntime({ threads: 1 });
  const shapes = ["a", "b", "c"].map((name, i) => ({ name: `${name}.weight`, shape: [i + 2, 3] }));
  const upload = async (rename: (name: string) => string, scale: number): Promise<DeviceTensors> => {
    const tensors: [string, DeviceTensors[string]][] = [];
    for (const { name, shape } of shapes) {
      const data = Float32Array.from({ length: 3 * (shape[0] ?? 0) }, (_, i) => scale * Math.sin(i + name.length));
      tensors.push([rename(name), await runtime.upload(floats(data, shape))]);
    }
    return Object.fromEntries(tensors);
  };
  const run = async (pieces: (typeof shapes)[]): Promise<number[]> => {
    const programs = new Programs(runtime);
    const moments = { ...(await upload(firstMomentName, 0.1)), ...(await upload(secondMomentName, 0)) };
    const state = { trained: await upload((name) => name, 1), moments, gradient: await upload(gradientName, 2) };
    const norm = await measureNorm(programs, shapes, state.gradient);
    const released: string[] = [];
    const release = (used: DeviceTensors): void => void released.push(...Object.keys(used));
    const next = await updateInPieces(programs, pieces, state, optimizerInputs(STEP, norm, 3, 1), release);
    expect(released.sort()).toEqual([...Object.keys(state.moments), ...Object.keys(state.gradient)].sort());
    const all: number[] = [norm];
    const tensors = { ...next.trained, ...next.moments };
    for (const name of Object.keys(tensors).sort()) {
      const tensor = tensors[name];
      if (tensor !== undefined) all.push(...(await runtime.download(tensor)).data);
    }
    return all;
  };
  const whole = await run([shapes]);
  expect(whole).toHaveLength(1 + 3 * 27);
  expect(whole.every(Number.isFinite)).toBe(true);
  expect(await run(shapes.map((shape) => [shape]))).toEqual(whole);
  await runtime.close();
});
