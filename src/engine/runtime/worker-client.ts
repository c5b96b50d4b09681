/** An Executor that lives in a worker thread. The worker keeps the process alive only while a call is open. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { AepoError } from "../../std/errors.ts";
import type { OrtOptions } from "./ort-options.ts";
import type { Response } from "./protocol.ts";
import type { Executor, HostTensor } from "./runtime.ts";

export function openWorker(options: OrtOptions): Executor {
  const client = new WorkerClient(options);
  const { call } = client;
  return {
    load: (...model) => call("load", model),
    release: (key) => call("release", [key]),
    upload: (id, tensor) => call("upload", [id, tensor], [tensor.data.buffer]),
    download: (id) => call("download", [id]),
    free: (ids) => call("free", [ids]),
    run: (run) =>
      call("run", [
        {
          ...run,
          inputs: mapValues(run.inputs, (x) => (typeof x === "number" ? x : compact(x))),
        },
      ]),
    writeRows: (slots, writes) => call("writeRows", [slots.slice(), writes]),
    usage: () => call("usage", []),
    close: () => client.close(),
  };
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

class WorkerClient {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private failure: AepoError | undefined;

  constructor(options: OrtOptions) {
    this.worker = startWorker(options);
    this.worker.unref();
    this.worker.on("message", (response: Response) => this.settle(response));
    this.worker.on("error", (error) => this.fail(`the engine's worker failed: ${error.message}`));
    this.worker.on("exit", (code) => this.fail(`the engine's worker stopped with code ${code}`));
  }

  readonly call = <M extends keyof Executor>(
    method: M,
    args: Parameters<Executor[M]>,
    handedOver: readonly ArrayBufferLike[] = [],
  ): ReturnType<Executor[M]> => {
    const answer = new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      const id = this.nextId++;
      if (this.pending.size === 0) this.worker.ref();
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage(
        { id, method, args },
        handedOver.filter((buffer) => buffer instanceof ArrayBuffer),
      );
    });
    // The protocol answers each method with that method's result.
    return answer as ReturnType<Executor[M]>;
  };

  async close(): Promise<void> {
    await this.call("close", []);
    this.failure = new AepoError("engine", "the runtime is closed");
    await this.worker.terminate();
  }

  private settle(response: Response): void {
    const call = this.pending.get(response.id);
    this.pending.delete(response.id);
    if (this.pending.size === 0) this.worker.unref();
    if ("error" in response) call?.reject(new AepoError(response.error.kind, response.error.message));
    else call?.resolve(response.result);
  }

  private fail(what: string): void {
    this.failure ??= new AepoError("engine", what);
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }
}

function startWorker(options: OrtOptions): Worker {
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./worker.js", import.meta.url), {
      workerData: options,
    });
  // From source the worker needs a loader for TypeScript of its own; `--import` does not reach a worker's entry.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  const loader = new URL("./esm/api/index.mjs", tsx).href;
  const entry = new URL("./worker.ts", import.meta.url).href;
  const start = `import("${loader}").then(({ register }) => { register(); return import("${entry}"); })`;
  return new Worker(start, { eval: true, workerData: options, execArgv: [] });
}

/** Messages clone whole buffers: a view into a large one is cut out first. */
function compact(tensor: HostTensor): HostTensor {
  const { data } = tensor;
  return data.byteLength === data.buffer.byteLength ? tensor : { ...tensor, data: data.slice() };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
