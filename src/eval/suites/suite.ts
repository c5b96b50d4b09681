/** The contract of a suite: a public set of questions, how its rows are read, the metric it is scored by, and where its file is. */
import type { MetricName } from "../metrics/metric.ts";

export interface Suite {
  /** As the command line names it. */
  readonly name: string;
  readonly title: string;
  /** The paper's three groups of data sets. */
  readonly group: "math" | "knowledge" | "deep search";
  /** Of `src/data/mappings`: which columns hold what. */
  readonly mapping: string;
  readonly metric: MetricName;
  /** Names of the file in a folder, without the ending, any case; the first that is there. */
  readonly files: readonly string[];
  /** The public file. */
  readonly hub: string;
  /** Only rows with these values; of a column that a file lacks null. */
  readonly filter?: Readonly<Record<string, readonly (string | null)[]>>;
  /** What to know before it can be had. */
  readonly note?: string;
}
