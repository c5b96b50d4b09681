/**
 * Measures every golden model on one device, as a process of its own: the webgpu provider reads its device from the
 * environment once, and an error in it can abort the process. `device.ts DEVICE`; prints one JSON object a model, then
 * {"done": true}.
 */
import { openInlineRuntime } from "../../src/engine/runtime/node.ts";
import { goldenNames } from "./golden.ts";
import { measureModel } from "./measure.ts";
import { measureAdapters } from "./measure-adapters.ts";
import type { DeviceLine } from "./run-device.ts";

const report = (line: DeviceLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

async function main(device: string): Promise<void> {
  if (device !== "cpu" && device !== "webgpu") throw new RangeError(`no device ${device}`);
  const runtime = await openInlineRuntime({ device, threads: device === "cpu" ? 2 : 1 });
  for (const model of goldenNames()) {
    const measure = model.endsWith("-lora") ? measureAdapters : measureModel;
    report({ model, measured: await measure(runtime, model) });
  }
  await runtime.close();
  report({ done: true });
}

await main(process.argv[2] ?? "cpu");
