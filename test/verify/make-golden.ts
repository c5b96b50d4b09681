/**
 * `npm run verify:golden`: makes the golden files of losses and advantages again, in a temporary folder, and compares every
 * number in them with the ones in the repository. Needs a Python with torch, transformers and trl (AEPO_PYTHON=/path/to/python).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython, howToInstall } from "../../bench/peers/python.ts";
import { ROOT } from "../support/sources.ts";
import { compare } from "./compare-json.ts";

const LIMIT = 1e-6;
const FILES = ["losses", "methods", "value", "dual-clip", "shaping"];
const PACKAGES = ["torch", "trl", "transformers"];

const python = findPython(PACKAGES);
if (python === undefined) {
  console.error(howToInstall("verify:golden", "verify:golden", PACKAGES));
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "aepo-golden-"));
let [numbers, worst] = [0, 0];
try {
  for (const name of FILES) {
    const made = spawnSync(python, [join(ROOT, "golden", `${name}.py`)], { encoding: "utf8", maxBuffer: 2 ** 28 });
    if (made.status !== 0) throw new Error(`golden/${name}.py: ${made.stderr}`);
    const file = join(folder, `${name}.json`);
    writeFileSync(file, made.stdout);
    const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
    const found = compare(read(file), read(join(ROOT, "golden", `${name}.json`)));
    console.log(`golden/${name}.json: ${found.numbers} numbers, largest difference ${found.worst.toExponential(1)}`);
    numbers += found.numbers;
    worst = Math.max(worst, found.worst);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ files: FILES.length, numbers, worstDifference: worst, limit: LIMIT }));
if (!(worst <= LIMIT)) process.exitCode = 1;
