/** `npm run bench:memory [-- FILTER]`: peak memory of each case beside what the plan predicts; one process a case, Linux only. */
import { spawn } from "node:child_process";
import { messageOf } from "../../src/std/errors.ts";
import { json, note, row } from "../output.ts";
import { type MemoryCase, measureCase, type Phase } from "./case.ts";

const CASES: readonly MemoryCase[] = ["8.4M", "30M", "135M"].flatMap((shape) =>
  (["full", "lora"] as const).flatMap((mode) =>
    [false, true].map((recompute) => ({ shape, mode, recompute, sequences: 4, tokens: 512, threads: 2, sampled: 0 })),
  ),
);

const nameOf = ({ shape, mode, recompute, sequences, tokens, sampled }: MemoryCase): string =>
  `${shape} ${mode} ${recompute ? "recomputed" : "kept"} ${sequences}x${tokens}${sampled > 0 ? ` sampled ${sampled}` : ""}`;

function inProcess(given: MemoryCase): Promise<Phase[]> {
  const child = spawn(process.execPath, ["--import", "tsx", import.meta.filename, "--case", JSON.stringify(given)], {
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

async function main([first, second]: readonly string[]): Promise<void> {
  if (first === "--case") {
    json(await measureCase(JSON.parse(second ?? "") as MemoryCase));
    return;
  }
  for (const given of CASES.filter((each) => nameOf(each).includes(first ?? ""))) {
    note(nameOf(given));
    for (const { phase, seconds, nowMiB, peakMiB } of await inProcess(given)) {
      row(`  ${phase}`, `${seconds.toFixed(1)} s`, `now ${nowMiB}`, `peak ${peakMiB} MiB`);
    }
  }
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
