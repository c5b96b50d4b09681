/** The process that `engine-speed.ts` starts: products of square matrices on the device it is given; one line of JSON, whatever comes of it. */
import { listSupportedBackends } from "onnxruntime-node";
import { ops } from "../../../engine/index.ts";
import { openRuntime } from "../../../engine/runtime/node.ts";
import { systemClock } from "../../../std/clock.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import { randomStream } from "../../../std/random.ts";
import type { Device, Runtime } from "../../../engine/runtime/runtime.ts";
import type { EngineAnswer } from "./engine-speed.ts";
import type { EngineSpeed } from "./machine.ts";

const SIZE = 1024;
/** Products a run: of their result one number comes back, so that no copy is timed. */
const CHAIN = 4;
/** The best of what fits into so long. */
const MEASURED_MS = 1000;
const MOST_RUNS = 50;

async function measure(device: Device): Promise<EngineSpeed> {
  const runtime = await openRuntime({ device });
  try {
    const run = await product(runtime);
    await run();
    const startedMs = systemClock.nowMs();
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < MOST_RUNS && (i < 2 || systemClock.nowMs() - startedMs < MEASURED_MS); i++) {
      const beganMs = systemClock.nowMs();
      await run();
      best = Math.min(best, systemClock.nowMs() - beganMs);
    }
    const gflops = Number(((CHAIN * 2 * SIZE ** 3) / best / 1e6).toPrecision(3));
    const providers = listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : []));
    return { providers, gflops, size: SIZE, threads: runtime.threads };
  } finally {
    await runtime.close();
  }
}

async function product(runtime: Runtime): Promise<() => Promise<unknown>> {
  const [x, w] = [ops.input("x", [SIZE, SIZE]), ops.input("w", [SIZE, SIZE])];
  let value = x;
  for (let i = 0; i < CHAIN; i++) value = ops.matmul(value, w, { alpha: 1 / SIZE });
  const corner = ops.slice(ops.slice(value, 0, 0, 1), 1, 0, 1);
  const program = await runtime.compile({ outputs: { corner } });
  const random = randomStream(1, "doctor");
  const filled = async () => {
    const data = Float32Array.from({ length: SIZE * SIZE }, () => random.uniform() - 0.5);
    return runtime.upload({ dtype: "f32", shape: [SIZE, SIZE], data });
  };
  const inputs = { x: await filled(), w: await filled() };
  return () => runtime.run(program, inputs);
}

function deviceOf(given: string | undefined): Device {
  if (given === "cpu" || given === "webgpu") return given;
  throw new AepoError("usage", `no device "${given}"`, { expected: "cpu or webgpu" });
}

const say = (answer: EngineAnswer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
try {
  say(await measure(deviceOf(process.argv[2])));
} catch (thrown) {
  const [what = ""] = messageOf(thrown).split("\n");
  // Of ONNX Runtime's report the sentence, not the place in its source.
  say({ error: what.replace(/\/onnxruntime_src.*? was false\. /, "").trim() });
}
