/** What a build writes before it has its name: marked with machine and process, so that the next build knows what nobody writes any more. */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { TEMPORARY_PREFIX } from "../../../run/atomic.ts";

export function temporaryPath(target: string): string {
  return join(
    dirname(target),
    `${TEMPORARY_PREFIX}${basename(target)}-${hostTag()}-${process.pid}-${randomUUID().slice(0, 8)}`,
  );
}

/** Removes what builds of this machine left that run no more; other machines' may be at work. */
export function sweep(target: string): void {
  const start = `${TEMPORARY_PREFIX}${basename(target)}-${hostTag()}-`;
  for (const name of readdirSync(dirname(target))) {
    const pid = name.startsWith(start) ? /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(dirname(target), name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

function hostTag(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}
