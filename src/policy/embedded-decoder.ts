/**
 * Decoding on the embedded engine. Rows that draw a window and rows that feed a chunk run as separate graphs, so that a
 * prefix joining the batch does not slow the others, and so do rows whose logits are wanted here; all runs of a tick are sent
 * before the first is awaited, and writing the new states into the pools is not awaited before the next tick.
 */
import type { DeviceTensor, RowsInto, RunResult } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import type { ModelConfig } from "./config.ts";
import { type DecodeShape, decodeGraph, keysName, newKeysName, newValuesName, valuesName } from "./decode-graph.ts";
import type { DecodePools, PoolSet } from "./decode-pools.ts";
import { type Decoder, type DecodeRow, type Draws, needsLogits } from "./decoder.ts";
import { floats, ints, type Tensors } from "./forest.ts";
import { hostDraw } from "./host-draw.ts";
import { LAST_UNIFORM } from "./inverse-cdf.ts";
import type { ForestRunner } from "./forest-runner.ts";
import { gridUp } from "./forest-shape.ts";
import type { WeightSet } from "./weights.ts";

const CHUNK_TOKENS = 64;
const SHORT_CHUNK_TOKENS = 16;
const WINDOW_TOKENS = 8;
/** Rows of one run; few where chunks or logits take memory. */
const MOST_WINDOWS = 64;
const MOST_CHUNKS = 16;

/** Rows of one run, with their places in the tick. */
interface Batch {
  readonly rows: readonly DecodeRow[];
  readonly places: readonly number[];
}

/** A run whose new states are still to be stored. */
interface Computed {
  readonly batch: Batch;
  readonly shape: DecodeShape;
  readonly device: Readonly<Record<string, DeviceTensor>>;
}

export class EmbeddedDecoder implements Decoder {
  readonly chunkTokens = CHUNK_TOKENS;
  readonly windowTokens = WINDOW_TOKENS;
  private readonly runner: ForestRunner;
  private readonly pools: DecodePools;
  private readonly weights: WeightSet;
  private borrowed: PoolSet | null = null;
  private computed: readonly Computed[] = [];
  /** Fails if a write failed; awaited by the next draw. */
  private stored: Promise<unknown> = Promise.resolve();
  private finite = true;

  /** Takes over one hold on the weights. */
  constructor(runner: ForestRunner, pools: DecodePools, weights: WeightSet) {
    this.runner = runner;
    this.pools = pools;
    this.weights = weights;
  }

  async draw(rows: readonly DecodeRow[]): Promise<readonly Draws[]> {
    this.borrowed ??= await this.pools.borrow();
    const pools = this.borrowed;
    const runs = batchesOf(rows).map((batch) => this.runBatch(batch, pools));
    const [results] = await Promise.all([Promise.all(runs), this.stored]);
    this.computed = results;
    const draws: Draws[] = [];
    for (const { batch, shape, host } of results) {
      for (const [b, place] of batch.places.entries()) draws[place] = drawsOf(host, shape, b);
    }
    this.checkFinite(rows, draws);
    for (const { batch, host } of results) takeHostDraws(batch, host, draws);
    return draws;
  }

  store(rows: readonly DecodeRow[]): void {
    const pools = this.borrowed;
    if (pools === null) throw new RangeError("nothing was drawn");
    const { runtime } = this.runner.programs;
    const writes = this.computed.map(({ batch, shape, device }) => {
      const current = batch.places.flatMap((place) => rows[place] ?? []);
      const written = runtime.writeRowsInto(slotsToWrite(current, shape), newRows(pools, device));
      runtime.free(...Object.values(device));
      return written;
    });
    this.computed = [];
    this.stored = Promise.all(writes);
    // Its failure is reported by the next draw.
    this.stored.catch(() => {});
  }

  async close(): Promise<void> {
    for (const { device } of this.computed) this.runner.programs.runtime.free(...Object.values(device));
    this.computed = [];
    await this.stored.catch(() => {});
    this.weights.release();
    if (this.borrowed !== null) this.pools.giveBack(this.borrowed, this.finite);
    this.borrowed = null;
  }

  private async runBatch(batch: Batch, pools: PoolSet): Promise<Computed & Pick<RunResult, "host">> {
    const { config, programs } = this.runner;
    const shape = shapeOf(config, batch.rows, this.pools.tokens);
    const program = await programs.get(`decode ${JSON.stringify(shape)}`, () => decodeGraph(config, shape));
    const inputs = {
      ...this.weights.tensors,
      ...(shape.cached === 0 ? {} : poolInputs(pools)),
      ...rowInputs(batch.rows, shape),
    };
    const { host, device } = await programs.run(program, inputs, (output) => output.startsWith("new"));
    return { batch, shape, host, device };
  }

  private checkFinite(rows: readonly DecodeRow[], draws: readonly Draws[]): void {
    const finite = rows.every(({ uniforms }, i) => uniforms.every((_, n) => Number.isFinite(draws[i]?.logprobs[n])));
    if (finite) return;
    this.finite = false;
    throw new AepoError("policy", "the policy's next-token distribution is not finite", {
      fix: "the weights have diverged: go back to an earlier checkpoint, with a lower learning rate",
    });
  }
}

/** Windows apart from chunks, in the order of the tick. */
function batchesOf(rows: readonly DecodeRow[]): Batch[] {
  const places = (isWindow: boolean, wanted: boolean): number[] =>
    [...rows.keys()].filter((place) => {
      const row = rows[place];
      return row !== undefined && (row.count === 1) === isWindow && wantsLogits(row) === wanted;
    });
  const pieces = [
    ...piecesOf(places(true, false), MOST_WINDOWS),
    ...piecesOf(places(true, true), MOST_CHUNKS),
    ...piecesOf(places(false, false), MOST_CHUNKS),
    ...piecesOf(places(false, true), MOST_CHUNKS),
  ];
  return pieces.map((piece) => ({ places: piece, rows: piece.flatMap((place) => rows[place] ?? []) }));
}

/** Not while its prefix is fed. */
function wantsLogits(row: DecodeRow): boolean {
  return row.uniforms.length > 0 && needsLogits(row);
}

function piecesOf<T>(items: readonly T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, i) => items.slice(i * most, (i + 1) * most));
}

/** From here on a padded row costs more than another session. */
const LARGE_VOCABULARY_ELEMENTS = 2 ** 23;

/**
 * Few sizes, each a compiled session: rows 1, 4, 16, 64 (of large models 2, 8, 32 too); draws 1, 2, 4, 8; cached tokens in
 * steps of 64, coarser above 256.
 */
function shapeOf(
  { vocab_size, hidden_size }: ModelConfig,
  rows: readonly DecodeRow[],
  poolTokens: number,
): DecodeShape {
  const rowsStep = vocab_size * hidden_size >= LARGE_VOCABULARY_ELEMENTS ? 1 : 2;
  const most = (of: (row: DecodeRow) => number): number => rows.reduce((largest, row) => Math.max(largest, of(row)), 0);
  const fed = most(({ count }) => count);
  const blocks = Math.ceil(most(({ start }) => start) / 64);
  return {
    rows: 2 ** (rowsStep * Math.ceil(Math.log2(rows.length) / rowsStep)),
    fed: fed === 1 ? 1 : fed <= SHORT_CHUNK_TOKENS ? SHORT_CHUNK_TOKENS : CHUNK_TOKENS,
    cached: 64 * (blocks <= 4 ? blocks : gridUp(blocks, 4, 2)),
    draws:
      2 **
      Math.ceil(
        Math.log2(
          Math.max(
            1,
            most(({ uniforms }) => uniforms.length),
          ),
        ),
      ),
    poolTokens,
    greedy: rows.some(({ temperature }) => temperature === 0),
    logits: rows.some(wantsLogits),
  };
}

function drawsOf(host: RunResult["host"], { draws: N }: DecodeShape, b: number): Draws {
  const [ids, logprobs, entropies] = [host["ids_BN"], host["logprobs_BN"], host["entropies_BN"]];
  if (!(ids?.data instanceof Int32Array && logprobs?.data instanceof Float32Array))
    throw new RangeError("a draw came back without ids or log-probabilities");
  if (!(entropies?.data instanceof Float32Array)) throw new RangeError("a draw came back without entropies");
  const [from, to] = [b * N, (b + 1) * N];
  return {
    ids: ids.data.subarray(from, to),
    logprobs: logprobs.data.subarray(from, to),
    entropies: entropies.data.subarray(from, to),
  };
}

/** Puts what is drawn from logits in the place of what the graph drew. */
function takeHostDraws({ rows, places }: Batch, host: RunResult["host"], draws: Draws[]): void {
  const logits = host["logits_BV"];
  if (!(logits?.data instanceof Float32Array)) return;
  const V = logits.shape[1] ?? 0;
  for (const [b, row] of rows.entries()) {
    const place = places[b] ?? 0;
    const drawn = draws[place];
    if (drawn !== undefined) draws[place] = hostDraw(row, logits.data.subarray(b * V, (b + 1) * V), drawn);
  }
}

function poolInputs(pools: PoolSet): Record<string, DeviceTensor> {
  return Object.fromEntries(
    pools.flatMap(({ keys, values }, layer) => [
      [keysName(layer), keys],
      [valuesName(layer), values],
    ]),
  );
}

function rowInputs(rows: readonly DecodeRow[], shape: DecodeShape): Tensors {
  return { ...tokenInputs(rows, shape), ...cacheInputs(rows, shape), ...drawInputs(rows, shape) };
}

function tokenInputs(rows: readonly DecodeRow[], { rows: B, fed: C }: DecodeShape): Tensors {
  const [ids, positions, last] = [new Int32Array(B * C), new Int32Array(B * C), new Int32Array(B)];
  for (const [b, row] of rows.entries()) {
    for (let i = 0; i < row.count; i++) {
      ids[b * C + i] = row.ids[row.start + i] ?? 0;
      positions[b * C + i] = row.start + i;
    }
    last[b] = b * C + row.count - 1;
  }
  return { ids_T: ints(ids), positions_T: ints(positions), ...(C === 1 ? {} : { last_B: ints(last) }) };
}

function cacheInputs(rows: readonly DecodeRow[], { rows: B, cached: K }: DecodeShape): Tensors {
  if (K === 0) return {};
  const [slots, length] = [new Int32Array(B * K), new Int32Array(B)];
  for (const [b, row] of rows.entries()) {
    slots.set(row.slots.subarray(0, row.start), b * K);
    length[b] = row.start;
  }
  return { slots_BK: ints(slots, [B, K]), length_B: ints(length) };
}

function drawInputs(rows: readonly DecodeRow[], { rows: B, draws: N, greedy }: DecodeShape): Tensors {
  const [uniforms, inverseTemperature] = [new Float32Array(N * B), new Float32Array(B).fill(1)];
  const isGreedy = new Uint8Array(B);
  for (const [b, row] of rows.entries()) {
    for (const [n, uniform] of row.uniforms.entries()) uniforms[n * B + b] = Math.min(uniform, LAST_UNIFORM);
    if (row.temperature === 0) isGreedy[b] = 1;
    else inverseTemperature[b] = 1 / row.temperature;
  }
  return {
    uniforms_NB: floats(uniforms, [N, B]),
    inverseTemperature_B: floats(inverseTemperature),
    ...(greedy ? { greedy_B: { dtype: "bool", shape: [B], data: isGreedy } } : {}),
  };
}

/** Slot of each fed token, −1 where nothing is to be written. */
function slotsToWrite(rows: readonly DecodeRow[], { rows: B, fed: C, draws: N }: DecodeShape): Int32Array {
  const states = Math.max(C, N);
  const slots = new Int32Array(B * states).fill(-1);
  for (const [b, row] of rows.entries()) {
    for (let i = 0; i < row.count; i++) if (row.isNew[i] === 1) slots[b * states + i] = row.slots[row.start + i] ?? -1;
  }
  return slots;
}

function newRows(pools: PoolSet, device: Readonly<Record<string, DeviceTensor>>): RowsInto[] {
  return pools.flatMap(({ keys, values }, layer) => {
    const [newKeys, newValues] = [device[newKeysName(layer)], device[newValuesName(layer)]];
    if (newKeys === undefined || newValues === undefined)
      throw new RangeError(`no new keys and values of layer ${layer}`);
    return [
      { pool: keys, rows: newKeys },
      { pool: values, rows: newValues },
    ];
  });
}
