/** Runs `device.ts` for one device and collects what it measured. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { softwareGpuEnvironment } from "../../src/engine/testing/software-gpu.ts";
import type { Measured } from "./measure.ts";

export type DeviceLine = { readonly model: string; readonly measured: Measured } | { readonly done: true };

export interface MeasuredModel {
  readonly model: string;
  readonly measured: Measured;
}

/** Rejects if the process did not come to its end. `seen`: called for each model as it is done. */
export async function measureOn(
  device: "cpu" | "webgpu",
  seen: (found: MeasuredModel) => void,
): Promise<readonly MeasuredModel[]> {
  const script = fileURLToPath(new URL("./device.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, device], {
    env: device === "webgpu" ? softwareGpuEnvironment() : process.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const found: MeasuredModel[] = [];
  let done = false;
  for await (const line of createInterface(child.stdout)) {
    const parsed = JSON.parse(line) as DeviceLine;
    if ("done" in parsed) done = true;
    else {
      found.push(parsed);
      seen(parsed);
    }
  }
  const code = await ended;
  if (!done)
    throw new Error(`the process on ${device} ended early (${code ?? "killed"}), after ${found.length} models`);
  return found;
}
