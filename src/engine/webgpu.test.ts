import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { allOpCases } from "./testing/op-cases.ts";
import { hasSoftwareGpu, NO_SOFTWARE_GPU, softwareGpuEnvironment } from "./testing/software-gpu.ts";

if (!hasSoftwareGpu) console.log(`webgpu: skipped, ${NO_SOFTWARE_GPU}`);

it.skipIf(!hasSoftwareGpu)(
  "every operation has PyTorch's value and gradients on webgpu, and resident tensors work there",
  async () => {
    const script = fileURLToPath(new URL("./testing/webgpu-check.ts", import.meta.url));
    const golden = fileURLToPath(new URL("../../golden/ops.json", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, golden], {
      env: softwareGpuEnvironment(),
      maxBuffer: 1e8,
    });
    const lines: { case?: string; differences?: string[]; done?: true }[] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ differences = [] }) => differences.length > 0)).toEqual([]);
    // All cases, the resident tensors, and the line that says the process came to its end.
    expect(lines).toHaveLength(allOpCases().size + 2);
    expect(lines.at(-1)).toEqual({ done: true });
  },
  300_000,
);
