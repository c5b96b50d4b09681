/** A row of figures as a line of blocks, for terminals. */
import { bucketMean, buckets } from "./downsample.ts";
import { type Figure, isMeasured } from "./figure-format.ts";
import { extent } from "./scale.ts";

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** At most `width` blocks; lowest to highest covers `range` (default: that of the figures). What was not measured is a gap. */
export function sparkline(values: readonly Figure[], width: number, range = extent(values)): string {
  if (range === null) return "";
  const [low, high] = range;
  return buckets(values, width)
    .map(bucketMean)
    .map((value) => {
      if (!isMeasured(value)) return " ";
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return BLOCKS[Math.min(7, Math.max(0, Math.floor(share * 8)))] ?? " ";
    })
    .join("");
}
