/** `npm run bench:memory [-- FILTER]`: peak memory of each case beside what the plan predicts; one process a case, Linux only. */
import { messageOf } from "../../src/std/errors.ts";
import { loraSchema } from "../../src/policy/lora.ts";
import { type MemoryMoment, predictMemory } from "../../src/policy/memory/predict-memory.ts";
import { json, note, rounded, row } from "../output.ts";
import { CACHE_TOKENS, type MemoryCase, measureCase } from "./case.ts";
import { inProcess, nameOf } from "./in-process.ts";
import { MEMORY_SHAPES } from "./shapes.ts";

const CASES: readonly MemoryCase[] = Object.keys(MEMORY_SHAPES).flatMap((shape) =>
  (["full", "lora"] as const).flatMap((mode) =>
    [false, true].flatMap((recompute) => {
      const given = { shape, mode, recompute, threads: 2 };
      return [
        { ...given, sequences: 4, tokens: 512, sampled: 0 },
        { ...given, sequences: 4, tokens: 256, sampled: 16 },
      ];
    }),
  ),
);

/** The largest moment. */
function predicted({ shape, mode, recompute, sequences, tokens, sampled }: MemoryCase): MemoryMoment {
  const config = MEMORY_SHAPES[shape];
  if (config === undefined) throw new RangeError(`no shape ${shape}`);
  const [largest] = predictMemory({
    config,
    lora: mode === "lora" ? loraSchema.parse({}) : null,
    recompute,
    microBatchTokens: sequences * tokens,
    sequenceTokens: tokens,
    sampling: sampled > 0 ? { slots: sampled, cacheTokens: CACHE_TOKENS } : null,
  });
  if (largest === undefined) throw new RangeError("nothing predicted");
  return largest;
}

async function main([first, second]: readonly string[]): Promise<void> {
  if (first === "--case") {
    json(await measureCase(JSON.parse(second ?? "") as MemoryCase));
    return;
  }
  const results: { name: string; peakMiB: number; predictedMiB: number; ratio: number }[] = [];
  for (const given of CASES.filter((each) => nameOf(each).includes(first ?? ""))) {
    note(nameOf(given));
    const phases = await inProcess(given);
    for (const { phase, seconds, nowMiB, peakMiB } of phases) {
      row(`  ${phase}`, `${seconds.toFixed(1)} s`, `now ${nowMiB}`, `peak ${peakMiB} MiB`);
    }
    const peakMiB = Math.max(...phases.map((phase) => phase.peakMiB));
    const { moment, bytes } = predicted(given);
    const predictedMiB = Math.round(bytes / 2 ** 20);
    row("  predicted", moment, `${predictedMiB} MiB`, `${(predictedMiB / peakMiB).toFixed(2)} of peak`);
    results.push({ name: nameOf(given), peakMiB, predictedMiB, ratio: rounded(predictedMiB / peakMiB) });
  }
  json({ cases: results, worst: rounded(Math.max(...results.map(({ ratio }) => Math.max(ratio, 1 / ratio)))) });
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
