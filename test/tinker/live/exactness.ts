/**
 * How far one optimiser step on a server is from the same step of the embedded engine: the same base, the same adapters before
 * it (read from the server's archive), the same trees and loss. Without weight decay, with an epsilon far above the gradients (the
 * step is linear in them) and without memory of earlier steps (both betas 0), every step is a first one.
 */
import { readSafetensors } from "../../../src/policy/safetensors.ts";
import { ADAPTER, ADAPTER_CONFIG, loraFromAdapterConfig } from "../../../src/policy/peft.ts";
import { memoryStore } from "../../../src/policy/blob-store.ts";
import type { EmbeddedPolicy } from "../../../src/policy/embedded.ts";
import type { Lora } from "../../../src/policy/lora.ts";
import type { OptimizerStep } from "../../../src/policy/policy.ts";
import type { RemotePolicy } from "../../../src/remote/policy/options.ts";
import { caseTrees, type ExactCase } from "./exact-cases.ts";

type Store = ReturnType<typeof memoryStore>;
type Weights = ReadonlyMap<string, Float32Array>;

/** Epsilon as a multiple of the gradient's norm: with it, a sum of steps is the step of the sum. */
const FAR_ABOVE = 1e5;
/** Norm of a step: far above the rounding of the weights it is added to. */
const MOVED = 0.3;

export interface Exactness {
  readonly name: string;
  /** ‖server − embedded‖ / ‖embedded‖ over the moves of all adapter weights. */
  readonly error: number;
  /** Norm of the embedded engine's move. */
  readonly moved: number;
  /** Of the embedded engine, before clipping: none is done. */
  readonly gradientNorm: number;
  /** Tensors that the server holds once and exports as copies; their move is compared with the sum of the moves here. */
  readonly shared: number;
}

/** The server's adapters as they are, in the files of PEFT. */
export async function adaptersOf(remote: RemotePolicy): Promise<Store> {
  const store = memoryStore();
  await remote.save(store);
  if (!store.blobs.has(ADAPTER))
    throw new Error("the server gives no archive of its adapters: exactness cannot be seen");
  return store;
}

export function loraOf(store: Store): Lora {
  return loraFromAdapterConfig(new TextDecoder().decode(store.blobs.get(ADAPTER_CONFIG)));
}

/** One case; resolves with the server's adapters after it, too. */
export async function measureStep(
  remote: RemotePolicy,
  embedded: EmbeddedPolicy,
  one: ExactCase,
  before: Store,
  seed: number,
): Promise<{ readonly exactness: Exactness; readonly after: Store }> {
  await embedded.learner.loadWeights(before);
  const trees = await caseTrees(embedded, one, seed);
  const gradientNorm = await normOf(embedded, trees, one);
  await embedded.learner.loadWeights(before);
  const step = stepOf(gradientNorm);
  await remote.accumulate(trees, one.loss, 1);
  await embedded.accumulate(trees, one.loss, 1);
  await remote.step(step);
  await embedded.step(step);
  const after = await adaptersOf(remote);
  const mine = memoryStore();
  await embedded.save(mine);
  const [start, there, here] = [weightsOf(before), weightsOf(after), weightsOf(mine)];
  return { exactness: { name: one.name, gradientNorm, ...compared(start, there, here) }, after };
}

async function normOf(
  embedded: EmbeddedPolicy,
  trees: Parameters<EmbeddedPolicy["accumulate"]>[0],
  { loss }: ExactCase,
) {
  await embedded.accumulate(trees, loss, 1);
  return (await embedded.step({ ...stepOf(1), learningRate: 0 })).gradientNorm ?? Number.NaN;
}

function stepOf(gradientNorm: number): OptimizerStep {
  return {
    learningRate: FAR_ABOVE * MOVED,
    beta1: 0,
    beta2: 0,
    epsilon: FAR_ABOVE * gradientNorm,
    weightDecay: 0,
    maxGradientNorm: Number.POSITIVE_INFINITY,
  };
}

function weightsOf(store: Store): Weights {
  const file = readSafetensors(store.blobs.get(ADAPTER) ?? new Uint8Array(), ADAPTER);
  return new Map([...file.tensors].map(([name, { data }]) => [name, data]));
}

const SHARING = [
  ["q_proj", "k_proj", "v_proj"],
  ["gate_proj", "up_proj"],
] as const;

/**
 * Adapters of one group whose A is the same tensor on the server (SkyRL on JAX: of q, k, v and of gate, up) start as equal copies
 * and stay so: its move there is that of the summed gradient, which is the sum of the moves here.
 */
function compared(start: Weights, there: Weights, here: Weights): Pick<Exactness, "error" | "moved" | "shared"> {
  const moves = (after: Weights): Map<string, Float64Array> =>
    new Map(
      [...start].map(([name, from]) => [name, Float64Array.from(after.get(name) ?? [], (x, i) => x - (from[i] ?? 0))]),
    );
  const [theirs, ours] = [moves(there), moves(here)];
  let shared = 0;
  for (const name of start.keys()) {
    const group = groupOf(name).filter((other) => start.has(other));
    if (group[0] !== name || group.length < 2 || !group.every((other) => same(start.get(other), start.get(name))))
      continue;
    shared += group.length - 1;
    const sum = Float64Array.from(ours.get(name) ?? [], (_, i) =>
      group.reduce((all, other) => all + (ours.get(other)?.[i] ?? 0), 0),
    );
    ours.set(name, sum);
    for (const copy of group.slice(1)) {
      // Copies have to stay copies.
      ours.set(copy, theirs.get(name) ?? new Float64Array());
    }
  }
  let [off, all] = [0, 0];
  for (const [name, move] of ours) {
    const other = theirs.get(name);
    for (const [i, x] of move.entries()) {
      off += ((other?.[i] ?? Number.NaN) - x) ** 2;
      all += x ** 2;
    }
  }
  return { error: Math.sqrt(off / all), moved: Math.sqrt(all), shared };
}

/** Names of the tensors that a server may hold as one; the tensor alone where there are none. */
function groupOf(name: string): string[] {
  const targets = SHARING.find((group) => group.some((target) => name.includes(`.${target}.lora_A`)));
  if (targets === undefined) return [name];
  return targets.map((target) => name.replace(/\.\w+_proj\.lora_A/, `.${target}.lora_A`));
}

function same(a: Float32Array | undefined, b: Float32Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((x, i) => x === b[i]);
}
