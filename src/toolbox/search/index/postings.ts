/**
 * Which passages have a word, and how often: for every passage in rising order the gap to the one before (7 bits a byte, the lowest
 * first, the high bit says that more come) and one byte for the count. A segment is what one part of a corpus adds.
 */

export interface PostingList {
  readonly passages: number;
  readonly data: Uint8Array;
}

const MAX_COUNT = 255;

/** Room for the decoded entries of a list: as many as there are passages. */
export interface Entries {
  readonly passages: Uint32Array;
  readonly counts: Uint8Array;
}

/** Writes the list's entries to the front of `entries`; how many there are. The inner loop of a search. */
export function decodePostings({ data }: PostingList, { passages, counts }: Entries): number {
  let [size, passage, at] = [0, 0, 0];
  while (at < data.length) {
    let byte = data[at++] as number;
    if (byte < 128) passage += byte;
    else {
      passage += byte - 128;
      let scale = 128;
      do {
        byte = data[at++] as number;
        passage += (byte & 127) * scale;
        scale *= 128;
      } while (byte > 127);
    }
    passages[size] = passage;
    counts[size++] = data[at++] as number;
  }
  return size;
}

export interface Segment {
  /** Words that stand in different passages, together. */
  readonly size: number;
  /** Passages must come in rising order. */
  add(passage: number, terms: readonly string[]): void;
  /** Every word with its list, in the order of the words. */
  lists(): Generator<readonly [string, PostingList]>;
}

export function openSegment(): Segment {
  const ids = new Map<string, number>();
  const terms: string[] = [];
  /** Of each word: its entry of the passage it was last seen in. */
  const lastEntry: number[] = [];
  let [size, room] = [0, 1 << 16];
  let [termOf, passageOf, countOf] = [new Uint32Array(room), new Uint32Array(room), new Uint8Array(room)];
  const grow = (): void => {
    room *= 2;
    const wider = <T extends Uint32Array | Uint8Array>(old: T, next: T): T => (next.set(old), next);
    termOf = wider(termOf, new Uint32Array(room));
    passageOf = wider(passageOf, new Uint32Array(room));
    countOf = wider(countOf, new Uint8Array(room));
  };
  return {
    get size() {
      return size;
    },
    add(passage, words) {
      for (const word of words) {
        let id = ids.get(word);
        if (id === undefined) {
          id = terms.length;
          ids.set(word, id);
          terms.push(word);
          lastEntry.push(-1);
        }
        const entry = lastEntry[id] as number;
        if (entry >= 0 && passageOf[entry] === passage) {
          countOf[entry] = Math.min(MAX_COUNT, (countOf[entry] as number) + 1);
          continue;
        }
        if (size === room) grow();
        [termOf[size], passageOf[size], countOf[size]] = [id, passage, 1];
        lastEntry[id] = size++;
      }
    },
    *lists() {
      const { starts, order } = byTerm(termOf.subarray(0, size), terms.length);
      const sorted = terms.map((_, id) => id).sort((a, b) => ((terms[a] as string) < (terms[b] as string) ? -1 : 1));
      for (const id of sorted) {
        const entries = order.subarray(starts[id], starts[id + 1]);
        yield [terms[id] as string, encoded(entries, passageOf, countOf)];
      }
    },
  };
}

/** Entries of each word one after the other, in the order they came. */
function byTerm(termOf: Uint32Array, terms: number): { readonly starts: Uint32Array; readonly order: Uint32Array } {
  const starts = new Uint32Array(terms + 1);
  for (const term of termOf) starts[term + 1] = (starts[term + 1] as number) + 1;
  for (let i = 0; i < terms; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const next = starts.slice();
  const order = new Uint32Array(termOf.length);
  for (const [entry, term] of termOf.entries()) {
    const place = next[term] as number;
    order[place] = entry;
    next[term] = place + 1;
  }
  return { starts, order };
}

function encoded(entries: Uint32Array, passageOf: Uint32Array, countOf: Uint8Array): PostingList {
  const data = new Uint8Array(entries.length * 6);
  let [at, before] = [0, 0];
  for (const entry of entries) {
    const passage = passageOf[entry] as number;
    let gap = passage - before;
    before = passage;
    for (; gap > 127; gap = Math.floor(gap / 128)) data[at++] = (gap % 128) + 128;
    data[at++] = gap;
    data[at++] = countOf[entry] as number;
  }
  return { passages: entries.length, data: data.slice(0, at) };
}
