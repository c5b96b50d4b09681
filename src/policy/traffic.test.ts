import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import { hasSoftwareGpu, NO_SOFTWARE_GPU, softwareGpuEnvironment } from "../engine/testing/software-gpu.ts";
import { DRAWN, measureTraffic, type PhaseTraffic, TRAINED, WEIGHT_BYTES } from "./testing/traffic.ts";

type Mode = "full" | "lora";

async function onCpu(mode: Mode): Promise<PhaseTraffic[]> {
  const runtime = await openInlineRuntime({ threads: 1 });
  try {
    return await measureTraffic(runtime, mode);
  } finally {
    await runtime.close();
  }
}

function of(phases: readonly PhaseTraffic[], phase: PhaseTraffic["phase"]): PhaseTraffic {
  const found = phases.find((each) => each.phase === phase);
  if (found === undefined) throw new Error(`no phase ${phase}`);
  return found;
}

describe("between processor and device", () => {
  it.each<Mode>(["full", "lora"])(
    "go ids, log-probabilities and entropies, never weights or caches: %s",
    async (mode) => {
      const phases = await onCpu(mode);
      // Id, log-probability and entropy of each token, and the prompts' ends.
      for (const phase of ["sample", "sample again"] as const)
        expect(of(phases, phase).received).toBeLessThan(16 * DRAWN);
      expect(of(phases, "sample again").sent).toBeLessThan(64 * DRAWN);
      expect(of(phases, "accumulate").received).toBeLessThan(16 * TRAINED);
      expect(of(phases, "accumulate").sent).toBeLessThan(64 * TRAINED);
      expect(of(phases, "step").sent + of(phases, "step").received).toBeLessThan(100);
      expect(of(phases, "open").sent).toBeGreaterThan(WEIGHT_BYTES);
    },
  );
});

if (!hasSoftwareGpu) console.log(`webgpu: skipped, ${NO_SOFTWARE_GPU}`);

describe.skipIf(!hasSoftwareGpu)("on webgpu", () => {
  it("all that a policy keeps is on the device, and the same tokens are drawn, shaped or not", async () => {
    const script = fileURLToPath(new URL("./testing/traffic-check.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
      env: softwareGpuEnvironment(),
    });
    const lines: { mode: Mode; phases: PhaseTraffic[] }[] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ mode }) => mode)).toEqual(["full", "lora"]);
    for (const { mode, phases } of lines) {
      const expected = await onCpu(mode);
      // Resident alike, moved alike, drawn alike; but where they are.
      expect(phases).toEqual(expected.map((phase) => ({ ...phase, deviceBytes: phase.tensorBytes })));
      expect(expected.every(({ deviceBytes }) => deviceBytes === 0)).toBe(true);
    }
  }, 120_000);
});
