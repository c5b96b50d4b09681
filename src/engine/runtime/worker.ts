/** The worker thread: an OrtExecutor that answers requests. */
import { parentPort, workerData } from "node:worker_threads";
import { AepoError, messageOf } from "../../std/errors.ts";
import { inOrder } from "./in-order.ts";
import { OrtExecutor } from "./ort.ts";
import type { OrtOptions } from "./ort-options.ts";
import type { Request, Response } from "./protocol.ts";
import type { Executor } from "./runtime.ts";

serve(inOrder(new OrtExecutor(workerData as OrtOptions)));

function serve(executor: Executor): void {
  parentPort?.on("message", async (request: Request) => {
    const response = await answer(executor, request);
    parentPort?.postMessage(response, transferable(response));
  });
}

async function answer(executor: Executor, { id, method, args }: Request): Promise<Response> {
  try {
    // The arguments come with the method they belong to.
    const call = executor[method] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id, result: await call(...args) };
  } catch (error) {
    const kind = error instanceof AepoError ? error.kind : "engine";
    return { id, error: { kind, message: messageOf(error) } };
  }
}

/** The arrays of host tensors in a result are handed over, not copied. */
function transferable(response: Response): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (item: unknown): void => {
    if (ArrayBuffer.isView(item)) {
      if (item.buffer instanceof ArrayBuffer) buffers.add(item.buffer);
    } else if (typeof item === "object" && item !== null) for (const part of Object.values(item)) visit(part);
  };
  if ("result" in response) visit(response.result);
  return [...buffers];
}
