/** A case in a process of its own: what another case left behind is not in its peaks. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { MemoryCase, Phase } from "./case.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

export const nameOf = ({ shape, mode, recompute, sequences, tokens, sampled }: MemoryCase): string =>
  `${shape} ${mode} ${recompute ? "recomputed" : "kept"} ${sequences}x${tokens}${sampled > 0 ? ` sampled ${sampled}` : ""}`;

/** Its phases. */
export function inProcess(given: MemoryCase): Promise<Phase[]> {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, "--case", JSON.stringify(given)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(out) as Phase[]);
      else reject(new Error(`${nameOf(given)}: exit code ${code}`));
    });
  });
}
