/** What was found wrong with a corpus, counted: nothing is left out in silence. */

export interface Finding {
  readonly count: number;
  /** Where it was found first. */
  readonly first: string;
}

export type Tally = Map<string, Finding>;

export function note(tally: Tally, what: string, place: string): void {
  const { count, first } = tally.get(what) ?? { count: 0, first: place };
  tally.set(what, { count: count + 1, first });
}

/** One sentence each: `3 empty documents (the first: notes/a.txt)`. */
export function findingLines(findings: Iterable<readonly [string, Finding]>): string[] {
  return [...findings].map(
    ([what, { count, first }]) => `${count} ${what} (${count === 1 ? "" : "the first: "}${first})`,
  );
}
