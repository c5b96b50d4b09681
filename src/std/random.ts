/**
 * Named random streams. A stream is fully determined by a seed and a path of names (step, task, node), so nothing about
 * randomness has to be saved in a checkpoint: the same names give the same draws. Not cryptographic.
 */

/** One stream of draws; stateful on purpose, never shared between two consumers. */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, count). */
  integer(count: number): number;
  /** One element, uniformly. Throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(list: readonly T[]): T[];
  /** Standard normal (Box–Muller). */
  normal(): number;
}

export type StreamName = string | number;

/** The stream named by `seed` and `path`. */
export function randomStream(seed: number, ...path: readonly StreamName[]): RandomStream {
  const next = sfc32(hash128(`${seed}/${path.join("/")}`));
  const uniform = (): number => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  const integer = (count: number): number => Math.floor(uniform() * count);
  return {
    uniform,
    integer,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError("pick: the list is empty");
      return list[integer(list.length)] as T;
    },
    shuffle<T>(list: readonly T[]): T[] {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
      }
      return copy;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** A seed (48 bits) for something that keeps its own stream, such as one node of a tree or a remote engine. */
export function derivedSeed(seed: number, ...path: readonly StreamName[]): number {
  const [high, low] = hash128(`${seed}/${path.join("/")}`);
  return (high >>> 16) * 0x100000000 + (low >>> 0);
}

type Words = readonly [number, number, number, number];

/** cyrb128: four 32-bit words of a string; good enough to seed sfc32. */
function hash128(text: string): Words {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [(a ^ b ^ c ^ d) >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}

/** sfc32 (Chris Doty-Humphrey), warmed up by twelve rounds. */
function sfc32([w0, w1, w2, w3]: Words): () => number {
  let a = w0 | 0;
  let b = w1 | 0;
  let c = w2 | 0;
  let d = w3 | 0;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
