/**
 * Decoding on the embedded engine. Rows that feed one token and rows that feed a chunk run as separate graphs, so that a
 * prefix joining the batch does not slow the others; all runs of a tick are sent before the first is awaited.
 */
import type { DeviceTensor, RowsInto } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import { type DecodeShape, decodeGraph, keysName, newKeysName, newValuesName, valuesName } from "./decode-graph.ts";
import type { DecodePools, PoolSet } from "./decode-pools.ts";
import type { Decoder, DecodeRow, Draws } from "./decoder.ts";
import { floats, ints, type Tensors } from "./forest.ts";
import type { ForestRunner } from "./forest-runner.ts";
import { gridUp } from "./forest-shape.ts";
import type { WeightSet } from "./weights.ts";

const CHUNK_TOKENS = 16;
const MAX_ROWS = 64;
/** Largest float32 below 1: a draw of 1 would fall off the end of the distribution. */
const LAST_UNIFORM = 1 - 2 ** -24;

/** Rows of one run, with their places in the tick. */
interface Batch {
  readonly rows: readonly DecodeRow[];
  readonly places: readonly number[];
}

export class EmbeddedDecoder implements Decoder {
  readonly chunkTokens = CHUNK_TOKENS;
  private readonly runner: ForestRunner;
  private readonly pools: DecodePools;
  private readonly weights: WeightSet;
  private borrowed: PoolSet | null = null;
  private finite = true;

  /** Takes over one hold on the weights. */
  constructor(runner: ForestRunner, pools: DecodePools, weights: WeightSet) {
    this.runner = runner;
    this.pools = pools;
    this.weights = weights;
  }

  async draw(rows: readonly DecodeRow[]): Promise<Draws> {
    this.borrowed ??= await this.pools.borrow();
    const pools = this.borrowed;
    const draws = {
      ids: new Int32Array(rows.length),
      logprobs: new Float32Array(rows.length),
      entropies: new Float32Array(rows.length),
    };
    await Promise.all(batchesOf(rows).map((batch) => this.runBatch(batch, pools, draws)));
    for (const [index, row] of rows.entries()) {
      if (row.uniform === null || Number.isFinite(draws.logprobs[index])) continue;
      this.finite = false;
      throw new AepoError("policy", "the policy's next-token distribution is not finite", {
        fix: "the weights have diverged: go back to an earlier checkpoint, with a lower learning rate",
      });
    }
    return draws;
  }

  async close(): Promise<void> {
    this.weights.release();
    if (this.borrowed !== null) this.pools.giveBack(this.borrowed, this.finite);
    this.borrowed = null;
  }

  private async runBatch({ rows, places }: Batch, pools: PoolSet, draws: Draws): Promise<void> {
    const { config, programs } = this.runner;
    const shape = shapeOf(rows, this.pools.tokens);
    const program = await programs.get(`decode ${JSON.stringify(shape)}`, () => decodeGraph(config, shape));
    const inputs = {
      ...this.weights.tensors,
      ...poolInputs(pools),
      ...rowInputs(rows, shape),
    };
    const { host, device } = await programs.run(program, inputs, (output) => output.startsWith("new"));
    const written = programs.runtime.writeRowsInto(slotsToWrite(rows, shape), newRows(pools, device));
    for (const [i, place] of places.entries()) {
      draws.ids[place] = host["ids_B"]?.data[i] ?? 0;
      draws.logprobs[place] = host["logprobs_B"]?.data[i] ?? Number.NaN;
      draws.entropies[place] = host["entropies_B"]?.data[i] ?? Number.NaN;
    }
    await written;
    programs.runtime.free(...Object.values(device));
  }
}

/** Single tokens apart from chunks, at most 64 rows each, in the order of the tick. */
function batchesOf(rows: readonly DecodeRow[]): Batch[] {
  const batches: Batch[] = [];
  const places = [...rows.keys()];
  for (const isSingle of [true, false]) {
    const kind = places.filter((place) => (rows[place]?.count === 1) === isSingle);
    for (let from = 0; from < kind.length; from += MAX_ROWS) {
      const some = kind.slice(from, from + MAX_ROWS);
      batches.push({
        places: some,
        rows: some.flatMap((place) => rows[place] ?? []),
      });
    }
  }
  return batches;
}

/** Few sizes, each a compiled session: rows 1, 4, 16, 64; cached tokens in steps of 64, coarser above 256. */
function shapeOf(rows: readonly DecodeRow[], poolTokens: number): DecodeShape {
  const longest = rows.reduce((most, { start }) => Math.max(most, start), 0);
  const blocks = Math.max(1, Math.ceil(longest / 64));
  return {
    rows: 4 ** Math.ceil(Math.log2(rows.length) / 2),
    fed: rows.every(({ count }) => count === 1) ? 1 : CHUNK_TOKENS,
    cached: 64 * (blocks <= 4 ? blocks : gridUp(blocks, 4, 2)),
    poolTokens,
  };
}

function poolInputs(pools: PoolSet): Record<string, DeviceTensor> {
  return Object.fromEntries(
    pools.flatMap(({ keys, values }, layer) => [
      [keysName(layer), keys],
      [valuesName(layer), values],
    ]),
  );
}

function rowInputs(rows: readonly DecodeRow[], { rows: B, fed: C, cached: K }: DecodeShape): Tensors {
  const [ids, positions] = [new Int32Array(B * C), new Int32Array(B * C)];
  const [slots, length, last] = [new Int32Array(B * K), new Int32Array(B), new Int32Array(B)];
  const [uniform, inverseTemperature, greedy] = [new Float32Array(B), new Float32Array(B).fill(1), new Uint8Array(B)];
  for (const [b, row] of rows.entries()) {
    for (let i = 0; i < row.count; i++) {
      ids[b * C + i] = row.ids[row.start + i] ?? 0;
      positions[b * C + i] = row.start + i;
    }
    slots.set(row.slots.subarray(0, row.start), b * K);
    length[b] = row.start;
    last[b] = b * C + row.count - 1;
    uniform[b] = Math.min(row.uniform ?? 0, LAST_UNIFORM);
    if (row.temperature === 0) greedy[b] = 1;
    else inverseTemperature[b] = 1 / row.temperature;
  }
  return {
    ids_T: ints(ids),
    positions_T: ints(positions),
    slots_BK: ints(slots, [B, K]),
    length_B: ints(length),
    last_B: ints(last),
    uniform_B: floats(uniform),
    inverseTemperature_B: floats(inverseTemperature),
    greedy_B: { dtype: "bool", shape: [B], data: greedy },
  };
}

/** Slot of each fed token, −1 where nothing is to be written. */
function slotsToWrite(rows: readonly DecodeRow[], { rows: B, fed: C }: DecodeShape): Int32Array {
  const slots = new Int32Array(B * C).fill(-1);
  for (const [b, row] of rows.entries()) {
    for (let i = 0; i < row.count; i++) if (row.isNew[i] === 1) slots[b * C + i] = row.slots[row.start + i] ?? -1;
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
