/** For tests: whether python can be sandboxed on this machine, and what is left of a run. */
import { readdirSync, readFileSync } from "node:fs";
import { messageOf } from "../../../std/errors.ts";
import { runPython } from "../run-python.ts";

/** Null, or why not: tests that need it are skipped with these words. */
export async function whyNoSandbox(): Promise<string | null> {
  return runPython("1").then(
    () => null,
    (thrown: unknown) => messageOf(thrown).split("\n")[0] ?? "",
  );
}

/** Processes of this machine that inherited the seed of a run in their environment. */
export function leftOf(seed: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => textOf(`/proc/${name}/environ`).includes(`PYTHONHASHSEED=${seed}\0`))
    .map((name) => textOf(`/proc/${name}/cmdline`).replaceAll("\0", " ").slice(0, 80));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Ended meanwhile.
    return "";
  }
}
