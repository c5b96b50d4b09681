/** Makes a folder and what is missing above it. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * As `mkdir -p`. On a read-only disk Node's recursive mkdir says ENOENT: the first missing folder is then tried alone, so
 * that the error is the system's.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (thrown) {
    mkdirSync(firstMissing(path));
    throw thrown;
  }
}

/** The folder nearest the root, on the way to `path`, that is not there; `path` itself if only it is missing. */
export function firstMissing(path: string): string {
  const parent = dirname(path);
  return parent === path || existsSync(parent) ? path : firstMissing(parent);
}
