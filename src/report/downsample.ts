/** Long runs: consecutive steps merged into buckets, so that a chart of 10,000 steps stays light and readable. */
import { type Figure, isMeasured } from "./figure-format.ts";

/** Most points a curve is drawn with. */
export const MOST_POINTS = 150;

/** At most `limit` runs of consecutive rows, of equal length (the last may be shorter). */
export function buckets<Row>(rows: readonly Row[], limit = MOST_POINTS): Row[][] {
  const size = Math.max(1, Math.ceil(rows.length / limit));
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

/** Mean of what was measured in a bucket; null if nothing was. */
export function bucketMean(values: readonly Figure[]): number | null {
  const measured = values.filter(isMeasured);
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0) / measured.length;
}
