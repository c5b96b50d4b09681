/**
 * What the heartbeat's thread runs. Plain JavaScript in a text: a loader of TypeScript does not reach a thread, and starting one
 * there takes longer than everything else that it does. It shares four numbers with the main thread, so that a call knows how the
 * session is even if the event loop has not turned since.
 */

/** Places in the shared numbers. */
export const HEART = { expired: 0, beats: 1, failuresInRow: 2, status: 3 } as const;

/** `url`, `headers`, `body`, `everyMs`, `numbers` (SharedArrayBuffer) are its workerData. */
export const HEARTBEAT_THREAD = `
const { workerData } = require("node:worker_threads");
const { url, headers, body, everyMs, numbers } = workerData;
const http = require(url.startsWith("https:") ? "node:https" : "node:http");
const heart = new Int32Array(numbers);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let beating = false;

function record(status, text) {
  beating = false;
  Atomics.store(heart, ${HEART.status}, status);
  if (status >= 200 && status < 300) {
    Atomics.add(heart, ${HEART.beats}, 1);
    Atomics.store(heart, ${HEART.failuresInRow}, 0);
    return;
  }
  Atomics.add(heart, ${HEART.failuresInRow}, 1);
  // A 404 without a word about sessions comes from a server that has no heartbeats.
  if (status === 404 && /session/i.test(text)) {
    Atomics.store(heart, ${HEART.expired}, 1);
    clearInterval(timer);
  }
}

function beat() {
  if (beating) return;
  beating = true;
  let done = false;
  const once = (status, text) => {
    if (!done) record(status, text);
    done = true;
  };
  const request = http.request(url, { method: "POST", headers, agent, timeout: Math.max(everyMs, 5000) }, (answer) => {
    let text = "";
    answer.on("data", (bytes) => (text.length < 4096 ? (text += bytes) : undefined));
    answer.on("end", () => once(answer.statusCode, text));
    answer.on("error", () => once(0, ""));
  });
  request.on("timeout", () => request.destroy());
  request.on("error", () => once(0, ""));
  request.on("close", () => once(0, ""));
  request.end(body);
}

const timer = setInterval(beat, everyMs);
beat();
`;
