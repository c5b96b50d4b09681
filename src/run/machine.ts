/** What the run's header says about the machine: model names and sizes only, nothing that names a person or a path. */
import { cpus, totalmem } from "node:os";
import type { HeaderRecord } from "./records.ts";

export function describeMachine(device: string): HeaderRecord["machine"] {
  const processors = cpus();
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    device,
  };
}

/** Memory that this process can still take, of the machine and of the limits it runs under. */
export function availableMemoryBytes(): number {
  return process.availableMemory();
}

/** Highest resident memory of this process so far, MiB. */
export function peakRssMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
