/** `measureTraffic` on webgpu, as a process of its own: the provider reads its device from the environment once. One JSON object a line. */
import { openInlineRuntime } from "../../engine/runtime/node.ts";
import { measureTraffic } from "./traffic.ts";

const runtime = await openInlineRuntime({ device: "webgpu", threads: 1 });
for (const mode of ["full", "lora"] as const) {
  process.stdout.write(`${JSON.stringify({ mode, phases: await measureTraffic(runtime, mode) })}\n`);
}
await runtime.close();
