/**
 * Shapes of a packed forest. A shape is a compiled session, so sizes are rounded up to a coarse grid: few sessions, little
 * padding. The choice depends on the forest alone (never on what was compiled before), so a resumed run makes the same.
 *
 * Layout (AEPO-L6): every token once, in depth-first order, cut into blocks of Q consecutive tokens. All ancestors of a
 * block's tokens are in the block or are ancestors of its first token, so a row of attention is Q queries against
 * A ancestors (gathered) and the Q tokens themselves. Blocks are sorted by their number of ancestors into a few segments
 * with their own A, so that short prefixes do not pay for long ones.
 */

/** Rows of attention that share one number of ancestors. */
export interface Segment {
  readonly rows: number;
  /** A: keys before the block, padded; 0 if every block of the segment starts at a root. */
  readonly ancestors: number;
}

export interface ForestShape {
  /** T = rows · blockTokens, padding included. */
  readonly tokens: number;
  /** Q. */
  readonly blockTokens: number;
  /** In the order of the flat tokens. */
  readonly segments: readonly Segment[];
  /** S: positions whose next token is scored. */
  readonly scored: number;
  /** N: path-tokens of the loss. */
  readonly pathTokens: number;
  /** Paths the loss can tell apart; the last is never a real one and owns the padding. */
  readonly paths: number;
}

/** Queries a row of attention (measured: see `bench`). */
export const BLOCK_TOKENS = 64;

/** Next value of a grid with `stepsPerOctave` steps between powers of two, from `least` on. */
export function gridUp(count: number, least: number, stepsPerOctave: number): number {
  if (count <= least) return least;
  const octave = 2 ** Math.floor(Math.log2(count - 1));
  const step = Math.max(1, octave / stepsPerOctave);
  return Math.ceil(count / step) * step;
}

/** Ancestors are rounded up to multiples of a block, more coarsely above eight of them. */
function ancestorsUp(count: number, blockTokens: number): number {
  if (count === 0) return 0;
  const blocks = Math.ceil(count / blockTokens);
  return blockTokens * (blocks <= 8 ? blocks : gridUp(blocks, 8, 2));
}

/** Where the last rows are cut off into segments of their own, as shares of the rows. */
const CUTS = [3 / 4];
/** Long sequences: their rows differ more, and what is saved is worth more shapes. */
const LONG_ANCESTORS = 256;
const CUTS_OF_LONG = [1 / 4, 1 / 2, 3 / 4];

/**
 * The shape for a forest. `ancestors`: number of ancestors of the first token of each block, ascending; its length is the
 * number of blocks.
 */
export function forestShape(
  ancestors: readonly number[],
  counts: {
    readonly scored: number;
    readonly pathTokens: number;
    readonly paths: number;
  },
  blockTokens: number,
): ForestShape {
  const rows = gridUp(ancestors.length, 1, 8);
  const tokens = rows * blockTokens;
  const padding = rows - ancestors.length;
  // Padding blocks have no ancestors and come first.
  const widest = (row: number): number => ancestorsUp(ancestors[row - padding] ?? 0, blockTokens);
  const cuts = widest(rows - 1) >= LONG_ANCESTORS ? CUTS_OF_LONG : CUTS;
  const segments = segmentsOf([...cuts.map((share) => Math.ceil(rows * share)), rows], widest);
  return {
    tokens,
    blockTokens,
    segments,
    scored: scoredUp(counts.scored, tokens),
    pathTokens: gridUp(counts.pathTokens, 64, 1),
    paths: gridUp(counts.paths + 1, 4, 1),
  };
}

/** Segments that end before the rows of `ends`; neighbours with equally many ancestors are one. */
function segmentsOf(ends: readonly number[], widest: (row: number) => number): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  for (const end of ends) {
    if (end <= start) continue;
    const ancestors = widest(end - 1);
    const last = segments.at(-1);
    if (last?.ancestors === ancestors) segments.splice(-1, 1, { rows: last.rows + end - start, ancestors });
    else segments.push({ rows: end - start, ancestors });
    start = end;
  }
  return segments;
}

/** Quarters of T: the vocabulary makes the scored positions expensive. A forest scores at most its tokens' successors. */
function scoredUp(scored: number, tokens: number): number {
  const quarter = Math.max(16, tokens / 4);
  return Math.max(1, Math.ceil(scored / quarter)) * quarter;
}
