/** `npm run bench:memory [-- FILTER]`: peak memory of each case beside what the plan predicts; one process a case, Linux only. */
import { messageOf } from "../../src/std/errors.ts";
import { json, note, row } from "../output.ts";
import { type MemoryCase, measureCase } from "./case.ts";
import { inProcess, nameOf } from "./in-process.ts";

const CASES: readonly MemoryCase[] = ["8.4M", "30M", "135M"].flatMap((shape) =>
  (["full", "lora"] as const).flatMap((mode) =>
    [false, true].map((recompute) => ({ shape, mode, recompute, sequences: 4, tokens: 512, threads: 2, sampled: 0 })),
  ),
);

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
