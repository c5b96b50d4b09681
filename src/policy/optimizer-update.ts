/**
 * Runs an optimiser step in pieces of some trained tensors. In one piece a model's new weights and moments would stand beside
 * the old ones twice, since the engine hands out copies: 40 bytes a parameter, where pieces need 20.
 */
import type { HostTensor } from "../engine/runtime/runtime.ts";
import { gradientName } from "./forest-graph.ts";
import { firstMomentName, GRADIENT_NORM, gradientNormGraph, secondMomentName, updateGraph } from "./optimizer-graph.ts";
import { elements, type ParameterShape } from "./parameters.ts";
import type { Programs } from "./programs.ts";
import type { DeviceTensors } from "./weights.ts";

/** Elements of a piece: 64 MiB of weights; a larger tensor is a piece of its own. */
const PIECE_ELEMENTS = 2 ** 24;
/** Every piece is a compiled graph: a huge model has larger ones instead of more. */
const MOST_PIECES = 16;

export interface OptimizerState {
  readonly trained: DeviceTensors;
  readonly moments: DeviceTensors;
  readonly gradient: DeviceTensors;
}

export async function measureNorm(
  programs: Programs,
  shapes: readonly ParameterShape[],
  gradient: DeviceTensors,
): Promise<number> {
  const program = await programs.get("gradient norm", () => gradientNormGraph(shapes));
  const { host } = await programs.run(program, gradient);
  return host[GRADIENT_NORM]?.data[0] ?? Number.NaN;
}

/** New weights and moments. Old moments and gradients go to `release` as soon as they are used; old weights stay. */
export async function updateInPieces(
  programs: Programs,
  pieces: readonly (readonly ParameterShape[])[],
  state: OptimizerState,
  scalars: Readonly<Record<string, HostTensor>>,
  release: (used: DeviceTensors) => void,
): Promise<Omit<OptimizerState, "gradient">> {
  const inputs = { ...state.trained, ...state.moments, ...state.gradient, ...scalars };
  let [trained, moments]: [DeviceTensors, DeviceTensors] = [{}, {}];
  for (const [index, piece] of pieces.entries()) {
    const program = await programs.get(`optimizer ${index}`, () => updateGraph(piece));
    const { device } = await programs.run(program, inputs, () => true);
    const names = piece.map(({ name }) => name);
    const momentNames = [...names.map(firstMomentName), ...names.map(secondMomentName)];
    trained = { ...trained, ...pick(device, names) };
    moments = { ...moments, ...pick(device, momentNames) };
    release({ ...pick(state.moments, momentNames), ...pick(state.gradient, names.map(gradientName)) });
  }
  return { trained, moments };
}

/** Neighbours together, in order. */
export function optimizerPieces(shapes: readonly ParameterShape[]): ParameterShape[][] {
  const total = shapes.reduce((sum, { shape }) => sum + elements(shape), 0);
  const most = Math.max(PIECE_ELEMENTS, Math.ceil(total / MOST_PIECES));
  const pieces: ParameterShape[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const parameter of shapes) {
    const count = elements(parameter.shape);
    if (size + count > most) {
      pieces.push([]);
      size = 0;
    }
    pieces.at(-1)?.push(parameter);
    size += count;
  }
  return pieces;
}

function pick(tensors: DeviceTensors, names: readonly string[]): DeviceTensors {
  return Object.fromEntries(
    names.flatMap((name) => {
      const tensor = tensors[name];
      return tensor === undefined ? [] : [[name, tensor] as const];
    }),
  );
}
