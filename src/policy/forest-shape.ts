/**
 * Shapes of a packed forest. A shape is a compiled session, so sizes are rounded up to a coarse grid: few sessions, little
 * padding. The choice depends on the forest alone (never on what was compiled before), so a resumed run makes the same.
 *
 * Layout (AEPO-L6): every token once, in depth-first order, cut into blocks of Q consecutive tokens. All ancestors of a
 * block's tokens are in the block or are ancestors of its first token, so a row of attention is Q queries against
 * A ancestors (gathered) and the Q tokens themselves. Blocks are sorted by their number of ancestors into two segments
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
  return blockTokens * (blocks <= 4 ? blocks : gridUp(blocks, 4, 2));
}

/** Share of the rows in the second segment: those with the most ancestors. */
const LONG_SHARE = 1 / 4;

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
  const rows = gridUp(ancestors.length, 1, 4);
  const tokens = rows * blockTokens;
  const padding = rows - ancestors.length;
  // Padding blocks have no ancestors and come first.
  const widest = (row: number): number => ancestorsUp(ancestors[row - padding] ?? 0, blockTokens);
  const longRows = Math.floor(rows * LONG_SHARE);
  const [short, long] = [widest(rows - longRows - 1), widest(rows - 1)];
  const segments =
    longRows === 0 || short === long
      ? [{ rows, ancestors: long }]
      : [
          { rows: rows - longRows, ancestors: short },
          { rows: longRows, ancestors: long },
        ];
  return {
    tokens,
    blockTokens,
    segments,
    scored: scoredUp(counts.scored, tokens),
    pathTokens: gridUp(counts.pathTokens, 64, 1),
    paths: gridUp(counts.paths + 1, 4, 1),
  };
}

/** Quarters of T: the vocabulary makes the scored positions expensive. A forest scores at most its tokens' successors. */
function scoredUp(scored: number, tokens: number): number {
  const quarter = Math.max(16, tokens / 4);
  return Math.max(1, Math.ceil(scored / quarter)) * quarter;
}
