/**
 * A heartbeat in a thread of its own: a session must not end because the event loop was busy with rollouts, a garbage collection
 * or a tool. The thread does not keep the process alive.
 */
import { Worker } from "node:worker_threads";
import { HEART, HEARTBEAT_THREAD } from "./heartbeat-thread.ts";

export interface Heartbeat {
  /** The server has said that it does not know the session. */
  readonly expired: boolean;
  /** Beats that were answered. */
  readonly beats: number;
  /** Beats without a good answer since the last good one. */
  readonly failuresInRow: number;
  stop(): Promise<void>;
}

export interface HeartbeatOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly everyMs: number;
}

export function startHeartbeat({ url, headers, body, everyMs }: HeartbeatOptions): Heartbeat {
  const numbers = new SharedArrayBuffer(4 * Object.keys(HEART).length);
  const heart = new Int32Array(numbers);
  const workerData = {
    url,
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    body,
    everyMs,
    numbers,
  };
  const thread = new Worker(HEARTBEAT_THREAD, { eval: true, workerData, execArgv: [], stdout: false, stderr: false });
  thread.unref();
  // A thread that could not go on beats no more: the server will say that the session is gone.
  thread.on("error", () => Atomics.add(heart, HEART.failuresInRow, 1));
  return {
    get expired() {
      return Atomics.load(heart, HEART.expired) === 1;
    },
    get beats() {
      return Atomics.load(heart, HEART.beats);
    },
    get failuresInRow() {
      return Atomics.load(heart, HEART.failuresInRow);
    },
    stop: async () => {
      await thread.terminate();
    },
  };
}
