/** Appends lines to a file that is kept open: each in one piece, so that a killed process leaves at most one half-written at the end. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { withFileErrors } from "../run/failures.ts";
import { makeFolder } from "../run/make-folder.ts";

export interface LineFile {
  /** Returns where the line begins and how many bytes it has, without the line feed. */
  append(line: string): { readonly at: number; readonly bytes: number };
  read(at: number, bytes: number): string;
  close(): void;
}

/** `size`: bytes of the file as it is, all of them whole lines. Nobody else may append to it meanwhile if lines are read back. */
export function openLineFile(path: string, size: number, mode: "append" | "read"): LineFile {
  const file = withFileErrors("open", path, () => {
    if (mode === "append") makeFolder(dirname(path));
    return openSync(path, mode === "append" ? "a+" : "r");
  });
  let [end, open] = [size, true];
  return {
    append(line) {
      const bytes = Buffer.from(`${line}\n`);
      withFileErrors("append to", path, () => {
        for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at);
      });
      const at = end;
      end += bytes.byteLength;
      return { at, bytes: bytes.byteLength - 1 };
    },
    read(at, bytes) {
      const buffer = Buffer.allocUnsafe(bytes);
      const read = withFileErrors("read", path, () => readSync(file, buffer, 0, bytes, at));
      return buffer.toString("utf8", 0, read);
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
