import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { allOpCases } from "./testing/op-cases.ts";

// Debian's chromium brings a software Vulkan device and the loader for it: enough to test the webgpu provider without a GPU.
const DRIVER_FOLDER = "/usr/lib/chromium";
const DRIVER = `${DRIVER_FOLDER}/vk_swiftshader_icd.json`;
const hasDriver = existsSync(DRIVER);
if (!hasDriver) console.log(`webgpu: skipped, there is no ${DRIVER} (Debian: apt-get install chromium)`);

it.skipIf(!hasDriver)(
  "every operation has PyTorch's value and gradients on webgpu, and resident tensors work there",
  async () => {
    const script = fileURLToPath(new URL("./testing/webgpu-check.ts", import.meta.url));
    const golden = fileURLToPath(new URL("../../golden/ops.json", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, golden], {
      env: {
        ...process.env,
        VK_ICD_FILENAMES: DRIVER,
        LD_LIBRARY_PATH: DRIVER_FOLDER,
        XDG_RUNTIME_DIR: "/tmp",
      },
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
