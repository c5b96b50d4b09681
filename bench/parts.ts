/** What `npm run bench -- data tools` measures: parts that each add figures to the one last line. */

export interface PartOptions {
  /** Documents, rows or calls of a part, for a quick look; what the part says is usual where it is left out. */
  readonly count: number | undefined;
}

export type BenchPart = (options: PartOptions) => Promise<object>;

/** Rows of data files. */
export const DATA_PARTS: readonly BenchPart[] = [
  async (options) => (await import("./data-rows.ts")).benchRows(options),
];

/** Tools: the offline index, the calls and what stands around them. */
export const TOOL_PARTS: readonly BenchPart[] = [
  async (options) => (await import("./tools-index.ts")).benchIndex(options),
  async (options) => (await import("./tools-calls.ts")).benchCalls(options),
];

/** One after the other: each has the machine to itself. */
export async function benchParts(parts: readonly BenchPart[], options: PartOptions): Promise<object> {
  let figures = {};
  for (const part of parts) figures = { ...figures, ...(await part(options)) };
  return figures;
}
