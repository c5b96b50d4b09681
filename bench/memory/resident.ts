/** Resident memory of this process, from Linux; the peak can be set back to what it is now. */
import { readFileSync, writeFileSync } from "node:fs";

export interface Resident {
  readonly nowMiB: number;
  readonly peakMiB: number;
}

export function resident(): Resident {
  const status = readFileSync("/proc/self/status", "utf8");
  const kibibytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return { nowMiB: Math.round(kibibytes("VmRSS") / 1024), peakMiB: Math.round(kibibytes("VmHWM") / 1024) };
}

export function resetPeak(): void {
  writeFileSync("/proc/self/clear_refs", "5");
}
