/** From bytes on the disk to progress reports: at most ten a second, always one at the end, and the rate of this try. */
import type { DownloadProgress, HubSession } from "./session.ts";

const EVERY_MS = 100;

export function progressMeter(
  { clock, onProgress }: HubSession,
  place: Omit<DownloadProgress, "bytes" | "bytesPerSecond">,
): (bytes: number) => void {
  let [startMs, startBytes] = [clock.nowMs(), -1];
  let lastMs = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    const nowMs = clock.nowMs();
    // The first report says what was there; fewer bytes than that: it has started over.
    if (startBytes < 0 || bytes < startBytes) [startMs, startBytes] = [nowMs, bytes];
    if (bytes < place.total && nowMs - lastMs < EVERY_MS) return;
    lastMs = nowMs;
    const seconds = (nowMs - startMs) / 1000;
    onProgress({ ...place, bytes, bytesPerSecond: seconds > 0 ? (bytes - startBytes) / seconds : 0 });
  };
}
