/** The scripted policy's distribution: scripted logits plus learnt offsets, with AdamW on the offsets. Double precision. */
import { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { type DecodeRow, type Decoder, type Draws, needsLogits } from "./decoder.ts";
import { hostDraw } from "./host-draw.ts";
import type { OptimizerReport, OptimizerStep } from "./policy.ts";

/** Logits of the token that follows a prefix. */
export type ScriptedLogits = (prefix: readonly number[]) => ArrayLike<number>;

export interface Distribution {
  readonly probabilities: Float64Array;
  readonly logprobs: Float64Array;
  /** Nats. */
  readonly entropy: number;
}

/** Softmax at a temperature. */
export function distributionOf(logits: ArrayLike<number>, temperature: number): Distribution {
  const scaled = Float64Array.from(logits, (x) => x / temperature);
  const largest = scaled.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = scaled.reduce((sum, x) => sum + Math.exp(x - largest), 0);
  const logprobs = scaled.map((x) => x - largest - Math.log(total));
  const probabilities = logprobs.map(Math.exp);
  const entropy = -probabilities.reduce((sum, p, i) => (p === 0 ? sum : sum + p * (logprobs[i] ?? 0)), 0);
  return { probabilities, logprobs, entropy: Math.max(0, entropy) };
}

/** The learnt part of one prefix. */
interface Entry {
  readonly offsets: Float64Array;
  readonly gradient: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

const storedSchema = z.strictObject({
  updates: z.int().nonnegative(),
  rows: z.array(
    z.strictObject({
      prefix: z.string(),
      offsets: z.array(z.number()),
      first: z.array(z.number()),
      second: z.array(z.number()),
    }),
  ),
});

export class LogitTable {
  private readonly script: ScriptedLogits;
  private readonly width: number;
  private readonly entries = new Map<string, Entry>();
  private updates = 0;

  constructor(script: ScriptedLogits, width: number) {
    this.script = script;
    this.width = width;
  }

  logits(prefix: readonly number[]): Float64Array {
    const scripted = this.script(prefix);
    if (scripted.length !== this.width) {
      throw new AepoError(
        "policy",
        `the script gave ${scripted.length} logits for a prefix of ${prefix.length} tokens`,
        {
          expected: `${this.width}, one a token of the vocabulary`,
        },
      );
    }
    const offsets = this.entries.get(prefix.join())?.offsets;
    return Float64Array.from(scripted, (x, token) => x + (offsets?.[token] ?? 0));
  }

  /** Chain rule through the softmax: d log p_a / dz = (1_a − p)/T, dH/dz = −p·(log p + H)/T. */
  addGradient(
    prefix: readonly number[],
    temperature: number,
    { token, byLogprob, byEntropy }: { token: number; byLogprob: number; byEntropy: number },
  ): void {
    const { probabilities, logprobs, entropy } = distributionOf(this.logits(prefix), temperature);
    const { gradient } = this.entry(prefix.join());
    for (const [i, p] of probabilities.entries()) {
      const viaLogprob = byLogprob * ((i === token ? 1 : 0) - p);
      const viaEntropy = p === 0 ? 0 : -byEntropy * p * ((logprobs[i] ?? 0) + entropy);
      gradient[i] = (gradient[i] ?? 0) + (viaLogprob + viaEntropy) / temperature;
    }
  }

  step(step: OptimizerStep): OptimizerReport {
    const entries = [...this.entries.values()];
    const gradientNorm = Math.sqrt(entries.reduce((sum, { gradient }) => gradient.reduce((s, g) => s + g * g, sum), 0));
    const skipped = !Number.isFinite(gradientNorm);
    if (!skipped) {
      this.updates++;
      const scale = Math.min(1, step.maxGradientNorm / (gradientNorm + 1e-6));
      for (const entry of entries) adamw(entry, scale, this.updates, step);
    }
    for (const { gradient } of entries) gradient.fill(0);
    return { gradientNorm, skipped };
  }

  copy(): LogitTable {
    const copy = new LogitTable(this.script, this.width);
    copy.fromJson(this.toJson());
    return copy;
  }

  toJson(): string {
    const rows = [...this.entries].map(([prefix, { offsets, first, second }]) => ({
      prefix,
      offsets: [...offsets],
      first: [...first],
      second: [...second],
    }));
    return JSON.stringify({ updates: this.updates, rows });
  }

  fromJson(text: string): void {
    const { updates, rows } = storedSchema.parse(JSON.parse(text));
    this.updates = updates;
    this.entries.clear();
    for (const { prefix, offsets, first, second } of rows) {
      this.entries.set(prefix, {
        offsets: Float64Array.from(offsets),
        gradient: new Float64Array(this.width),
        first: Float64Array.from(first),
        second: Float64Array.from(second),
      });
    }
  }

  private entry(key: string): Entry {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const zeros = (): Float64Array => new Float64Array(this.width);
    const entry = {
      offsets: zeros(),
      gradient: zeros(),
      first: zeros(),
      second: zeros(),
    };
    this.entries.set(key, entry);
    return entry;
  }
}

function adamw({ offsets, gradient, first, second }: Entry, scale: number, count: number, step: OptimizerStep): void {
  const { beta1, beta2 } = step;
  for (const [i, raw] of gradient.entries()) {
    const g = raw * scale;
    const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    const direction = m / (1 - beta1 ** count) / (Math.sqrt(v / (1 - beta2 ** count)) + step.epsilon);
    offsets[i] = (offsets[i] ?? 0) * (1 - step.learningRate * step.weightDecay) - step.learningRate * direction;
  }
}

/** Draws from the table; it has no state to cache. */
export class ScriptedDecoder implements Decoder {
  readonly chunkTokens = 16;
  readonly windowTokens = 4;
  private readonly table: LogitTable;

  constructor(table: LogitTable) {
    this.table = table;
  }

  async draw(rows: readonly DecodeRow[]): Promise<readonly Draws[]> {
    return rows.map((row) => this.drawRow(row));
  }

  store(): void {}

  async close(): Promise<void> {}

  private drawRow(row: DecodeRow): Draws {
    const { ids, uniforms, temperature } = row;
    const prefix = [...ids];
    const drawn = uniforms.map((uniform) => {
      const one = this.drawOne(prefix, temperature, uniform);
      prefix.push(one.id);
      return one;
    });
    const draws = {
      ids: Int32Array.from(drawn, ({ id }) => id),
      logprobs: Float32Array.from(drawn, ({ logprob }) => logprob),
      entropies: Float32Array.from(drawn, ({ entropy }) => entropy),
    };
    if (drawn.length === 0 || !needsLogits(row)) return draws;
    const overTemperature = temperature === 0 ? 1 : temperature;
    return hostDraw(
      row,
      Float32Array.from(this.table.logits(ids), (x) => x / overTemperature),
      draws,
    );
  }

  private drawOne(
    prefix: readonly number[],
    temperature: number,
    uniform: number,
  ): { id: number; logprob: number; entropy: number } {
    const { probabilities, logprobs, entropy } = distributionOf(
      this.table.logits(prefix),
      temperature === 0 ? 1 : temperature,
    );
    const id = temperature === 0 ? largestOf(probabilities) : inverseCumulative(probabilities, uniform);
    return { id, logprob: logprobs[id] ?? Number.NaN, entropy };
  }
}

function largestOf(probabilities: Float64Array): number {
  return probabilities.reduce((best, p, i) => (p > (probabilities[best] ?? 0) ? i : best), 0);
}

function inverseCumulative(probabilities: Float64Array, uniform: number): number {
  let left = uniform;
  let id = 0;
  for (const [i, p] of probabilities.entries()) {
    if (p === 0) continue;
    id = i;
    left -= p;
    if (left < 0) break;
  }
  return id;
}
