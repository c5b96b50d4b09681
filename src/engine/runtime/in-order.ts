/**
 * Makes the calls of an Executor take effect one after the other, in the order made: a session is never released under a
 * run, and a run sees the rows written before it.
 */
import type { Executor } from "./runtime.ts";

export function inOrder(executor: Executor): Executor {
  let last: Promise<unknown> = Promise.resolve();
  const queued = <T>(call: () => Promise<T>): Promise<T> => {
    const result = last.then(call);
    // A call that fails is its caller's matter; the next one starts all the same.
    last = result.catch(() => undefined);
    return result;
  };
  return {
    load: (...model) => queued(() => executor.load(...model)),
    release: (key) => queued(() => executor.release(key)),
    upload: (id, tensor) => queued(() => executor.upload(id, tensor)),
    download: (id) => queued(() => executor.download(id)),
    free: (ids) => queued(() => executor.free(ids)),
    run: (call) => queued(() => executor.run(call)),
    writeRows: (slots, writes) => queued(() => executor.writeRows(slots, writes)),
    usage: () => queued(() => executor.usage()),
    close: () => queued(() => executor.close()),
  };
}
