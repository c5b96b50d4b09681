/** What the watching process writes to its descriptor, read with suspicion: code in there may have written to it, too. */

export interface Status {
  /** The earlier cells have been run again. */
  readonly isFresh: boolean;
  /** The new cell came to its end: by its last line, by an exception, or by sys.exit. */
  readonly isDone: boolean;
  /** The last word, of the watching process itself; null when there was none. */
  readonly end: StatusEnd | null;
}

export interface StatusEnd {
  readonly stopped: string | null;
  readonly signal: number;
  readonly code: number;
  readonly cpuSeconds: number;
}

const MOST = 100_000;

export function readStatus(text: string): Status {
  const lines = text.slice(0, MOST).split("\n");
  return { isFresh: lines.includes("fresh"), isDone: lines.includes("done"), end: endOf(lines.at(-2) ?? "") };
}

function endOf(line: string): StatusEnd | null {
  try {
    const { stopped, signal, code, cpuSeconds } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof signal !== "number" || typeof code !== "number" || typeof cpuSeconds !== "number") return null;
    return { stopped: typeof stopped === "string" ? stopped : null, signal, code, cpuSeconds };
  } catch {
    return null;
  }
}
