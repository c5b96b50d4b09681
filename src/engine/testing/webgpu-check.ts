/**
 * The op table on the webgpu provider, as a process of its own: the provider reads its device from the environment once, and
 * an error in it can abort the process. Prints one JSON object a line: {case, differences} or {note}; then {"done": true}.
 */
import { readFileSync } from "node:fs";
import { AepoError, messageOf } from "../../std/errors.ts";
import { add, input } from "../ops.ts";
import { openInlineRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { compareWithGolden, type GoldenCase } from "./check-op.ts";
import { allOpCases } from "./op-cases.ts";

const report = (line: Readonly<Record<string, unknown>>): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

async function main(goldenPath: string): Promise<void> {
  const golden: { cases: Readonly<Record<string, GoldenCase>> } = JSON.parse(readFileSync(goldenPath, "utf8"));
  const runtime = await openInlineRuntime({ device: "webgpu", threads: 1 });
  for (const [name, made] of allOpCases()) {
    const numbers = golden.cases[name];
    if (numbers === undefined) throw new AepoError("engine", `no golden numbers for ${name}`);
    // A GPU's exp and log are good to 1e-5 only.
    const differences = await compareWithGolden(runtime, made, numbers, 3e-5).catch((error: unknown) => [
      messageOf(error),
    ]);
    report({ case: name, differences });
  }
  report({
    case: "resident tensors",
    differences: await checkResident(runtime),
  });
  await runtime.close();
  report({ done: true });
}

/** Uploads, keeps an output on the device, writes rows into it, reads it back. */
async function checkResident(runtime: Runtime): Promise<string[]> {
  const program = await runtime.compile({
    outputs: { y: add(input("x", [3, 2]), 1) },
  });
  const x = await runtime.upload({
    dtype: "f32",
    shape: [3, 2],
    data: Float32Array.of(0, 1, 2, 3, 4, 5),
  });
  const first = await runtime.run(program, { x }, ["y"]);
  const pool = first.device["y"];
  if (pool === undefined) return ["y was not kept"];
  const second = await runtime.run(program, { x: pool }, ["y"]);
  const rows = second.device["y"];
  if (rows === undefined) return ["y was not kept"];
  await runtime.writeRows(pool, Int32Array.of(2, -1, 0), rows);
  const found = [...(await runtime.download(pool)).data].join();
  runtime.free(x, pool, rows);
  // Pool x + 1 = 1 … 6, rows x + 2 = 2 … 7: row 0 goes to slot 2, row 2 to slot 0.
  return found === "6,7,3,4,2,3" ? [] : [`the pool is ${found}`];
}

await main(process.argv[2] ?? "golden/ops.json");
