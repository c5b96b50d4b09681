/** Opens a runtime in Node: onnxruntime-node in a worker thread, or in this one. */
import { availableParallelism } from "node:os";
import { RuntimeFront } from "./front.ts";
import { inOrder } from "./in-order.ts";
import { OrtExecutor } from "./ort.ts";
import type { OrtOptions } from "./ort-options.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";
import { openWorker } from "./worker-client.ts";

const DEFAULT_MAX_SESSIONS = 64;

/** Kernels run in a worker thread: this thread stays free for tools, files and the network. */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const complete = withDefaults(options);
  return new RuntimeFront(openWorker(complete), complete.device, complete.threads);
}

/** The same in this thread, which every run blocks: for tests and benchmarks. */
export async function openInlineRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const complete = withDefaults(options);
  return new RuntimeFront(inOrder(new OrtExecutor(complete)), complete.device, complete.threads);
}

function withDefaults(options: RuntimeOptions): OrtOptions {
  return {
    device: options.device ?? "cpu",
    threads: options.threads ?? availableParallelism(),
    maxSessions: options.maxSessions ?? DEFAULT_MAX_SESSIONS,
  };
}
