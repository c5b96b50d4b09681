/**
 * Worker threads that can be killed: for work on what others wrote, where time and memory have no bound. A task whose signal
 * fires ends with its thread; the pool starts another. Works from source and from the built package.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Piscina } from "piscina";

export interface WorkerPool<Task, Result> {
  /** Rejects with what the task threw, with an AbortError when the signal fired, or when its memory is used up. */
  run(task: Task, signal: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** `import.meta.url` of the caller. */
  readonly from: string;
  /** The worker's file beside the caller, without its extension, and the function that it exports. */
  readonly file: string;
  readonly work: string;
  readonly threads: number;
  readonly memoryMiB: number;
}

export function openWorkerPool<Task, Result>(options: WorkerPoolOptions): WorkerPool<Task, Result> {
  const { from, file, work, threads, memoryMiB } = options;
  const source = from.endsWith(".ts");
  const pool = new Piscina<Task, Result>({
    filename: new URL(`./${file}${source ? ".ts" : ".js"}`, from).href,
    name: work,
    // One is kept warm: starting a thread takes longer than most work.
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: 60_000,
    execArgv: source ? ["--import", typeScriptLoader()] : [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
  });
  // A thread that dies outside of a task is replaced; nobody waits for it.
  pool.on("error", () => undefined);
  return { run: async (task, signal) => pool.run(task, { signal }), close: async () => pool.destroy() };
}

/** A module that makes a thread read TypeScript: the parent's loader does not reach it. */
function typeScriptLoader(): string {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  const api = new URL("./esm/api/index.mjs", tsx).href;
  return `data:text/javascript,${encodeURIComponent(`import { register } from "${api}"; register();`)}`;
}
