/** Rows for people on stderr, one last line of JSON on stdout. */

export function row(...cells: readonly (string | number)[]): void {
  const text = cells.map((cell, i) => (i === 0 ? String(cell).padEnd(34) : String(cell).padStart(14)));
  process.stderr.write(`${text.join(" ")}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** To three significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
