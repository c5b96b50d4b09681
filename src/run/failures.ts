/** File-system failures, classified once: what the system said becomes what a user can do about it. */
import { AepoError, messageOf } from "../std/errors.ts";

const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: "free some space on that disk, then resume: everything written before is intact",
  EDQUOT: "free some space in your quota, then resume: everything written before is intact",
  EROFS: "choose a folder on a writable disk (--set run.folder=...)",
  EACCES: "choose a folder you may write to (--set run.folder=...), or change its permissions",
  EPERM: "choose a folder you may write to (--set run.folder=...), or change its permissions",
  ENOENT: "check the path",
  ENOTDIR: "a file stands where a folder is needed: choose another path",
  EMFILE: "raise the limit of open files (ulimit -n)",
};

/** Runs `action`; a system error becomes an `AepoError` that names `doing` and `path`. */
export function withFileErrors<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw fileError(doing, path, thrown);
  }
}

export function fileError(doing: string, path: string, thrown: unknown): AepoError {
  if (thrown instanceof AepoError) return thrown;
  const code = codeOf(thrown);
  const fix = code === undefined ? undefined : FIXES[code];
  return new AepoError("run", `cannot ${doing} ${path}: ${messageOf(thrown)}`, {
    ...(fix === undefined ? {} : { fix }),
    cause: thrown,
  });
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
