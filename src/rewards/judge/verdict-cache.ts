/**
 * Verdicts in a file, one JSON line each, by the hash of what was asked: a run that is made again asks nothing twice. Lines are
 * appended as verdicts come, so that a killed run keeps them; a last line that was cut off is passed over. Failures are not kept.
 */
import { createHash } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { withFileErrors } from "../../run/failures.ts";
import { makeFolder } from "../../run/make-folder.ts";
import { AepoError } from "../../std/errors.ts";

export interface VerdictCache {
  get(key: string): boolean | undefined;
  put(key: string, correct: boolean, reply: string): Promise<void>;
}

export function cacheKey(asked: unknown): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}

/** Without a path the cache lives as long as the process. */
export function openVerdictCache(path?: string): VerdictCache {
  const known = path === undefined ? new Map<string, boolean>() : read(path);
  let writing = Promise.resolve();
  return {
    get: (key) => known.get(key),
    put: async (key, correct, reply) => {
      known.set(key, correct);
      if (path === undefined) return;
      const line = `${JSON.stringify({ key, correct, reply: reply.slice(-500) })}\n`;
      writing = writing.then(async () => appendFile(path, line));
      await writing;
    },
  };
}

function read(path: string): Map<string, boolean> {
  const known = new Map<string, boolean>();
  if (!existsSync(path)) {
    makeFolder(dirname(path));
    return known;
  }
  const lines = withFileErrors("read", path, () => readFileSync(path, "utf8")).split("\n");
  for (const [i, line] of lines.entries()) {
    if (line === "") continue;
    const entry = parsed(line);
    if (entry !== null) known.set(entry.key, entry.correct);
    else if (i < lines.length - 1) {
      throw new AepoError("config", `${path}:${i + 1}: not a verdict of a judge`, {
        fix: "name another file as judge.cache, or delete that line",
      });
    }
  }
  return known;
}

function parsed(line: string): { readonly key: string; readonly correct: boolean } | null {
  try {
    const { key, correct } = JSON.parse(line) as { key?: unknown; correct?: unknown };
    return typeof key === "string" && typeof correct === "boolean" ? { key, correct } : null;
  } catch {
    return null;
  }
}
