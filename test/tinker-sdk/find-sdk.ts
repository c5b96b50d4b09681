/** Pythons that have the official SDK of Tinker. */
import { spawnSync } from "node:child_process";

const CANDIDATES = ["./.venv/bin/python", "python3"];

/** `chosen`: paths, separated by commas; all of them must have it. */
export function findSdks(chosen: string | undefined): readonly string[] {
  const named = chosen?.split(",").map((path) => path.trim());
  const found = (named ?? CANDIDATES).filter(hasSdk);
  const missing = named?.find((python) => !found.includes(python));
  if (missing !== undefined) throw new Error(`${missing} has no tinker package`);
  return named === undefined ? found.slice(0, 1) : found;
}

function hasSdk(python: string): boolean {
  return spawnSync(python, ["-c", "import tinker"]).status === 0;
}

export function howToInstallSdk(): string {
  return [
    `demo:tinker-sdk is skipped: no python with the tinker package (looked at ${CANDIDATES.join(", ")})`,
    "  to run it: python3 -m venv .venv && .venv/bin/pip install tinker (and torch, for forward_backward_custom)",
    "  or name interpreters: npm run demo:tinker-sdk -- --python /path/to/python,/path/to/another",
  ].join("\n");
}
