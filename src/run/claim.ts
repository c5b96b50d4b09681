/**
 * A claim on a piece of work, for processes that share a folder: a file NAME.N with the process that holds it, made with its content
 * in one step. Of several files the highest N counts. One whose process is dead is taken over by making the next N, which exactly one
 * can; nothing that another process may hold is ever removed.
 */
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { withFileErrors } from "./failures.ts";
import { makeFolder } from "./make-folder.ts";

const holderSchema = z.strictObject({
  pid: z.int(),
  host: z.string(),
  /** When the process started, in the kernel's count: another one may get its number. Null where that is not known. */
  started: z.string().nullable(),
});
export type Holder = z.output<typeof holderSchema>;

export type Claim =
  | { readonly held: true; release(): void }
  /** By a process that lives, or on another machine, where nothing is known of it. */
  | { readonly held: false; readonly by: Holder; readonly file: string };

export function claim(folder: string, name: string): Claim {
  return withFileErrors("claim work in", folder, () => {
    makeFolder(folder);
    for (;;) {
      const last = lastNumber(folder, name);
      if (last !== null) {
        const file = join(folder, `${name}.${last}`);
        const holder = readHolder(file);
        // Released just now.
        if (holder === null) continue;
        if (isAlive(holder)) return { held: false, by: holder, file };
      }
      const file = join(folder, `${name}.${(last ?? -1) + 1}`);
      if (createWhole(file)) return { held: true, release: () => rmSync(file, { force: true }) };
    }
  });
}

function lastNumber(folder: string, name: string): number | null {
  const numbers = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`) && /^\d+$/.test(file.slice(name.length + 1)))
    .map((file) => Number(file.slice(name.length + 1)));
  return numbers.length === 0 ? null : Math.max(...numbers);
}

/** False if the file is there already. A link appears with its content; a file that is opened and written would be empty in between. */
function createWhole(file: string): boolean {
  const own: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, JSON.stringify(own));
  try {
    linkSync(temporary, file);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readHolder(file: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw thrown;
  }
}

function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  const now = startOf(pid);
  if (started !== null && now !== null) return started === now;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it is there, and another user's.
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat; null where there is none. The name in field 2 may hold anything, a bracket too. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
