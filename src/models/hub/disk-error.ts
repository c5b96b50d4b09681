/** What the file system refuses, and what the user can do about it. */
import { AepoError, messageOf } from "../../std/errors.ts";

const FULL =
  "free some space, or set HF_HOME to a folder on another disk; what is downloaded stays, and is gone on from";
const DENIED = "set HF_HOME to a folder you may write to";
const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: DENIED,
  ENOTDIR: "a file stands where a folder is needed: remove it, or set HF_HOME to another folder",
};

export function diskError(doing: string, path: string, thrown: unknown): unknown {
  if (thrown instanceof AepoError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const fix = FIXES[code];
  return new AepoError("policy", `cannot ${doing} ${path}: ${messageOf(thrown)}`, {
    ...(fix === undefined ? {} : { fix }),
    cause: thrown,
  });
}

/** Refuses sizes beyond the free disk before a byte is written. */
export function checkSpace(folder: string, needed: number, free: number): void {
  if (needed <= free) return;
  throw new AepoError("policy", `the download does not fit on the disk of ${folder}`, {
    expected: `${gigabytes(needed)} free`,
    exists: gigabytes(free),
    fix: "free some space, or set HF_HOME to a folder on another disk",
  });
}

function gigabytes(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(3)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
