/**
 * fetch, whose answers to a call are watched: one that breaks off or grows without end is reported. The SDK takes such an end of a
 * stream for a pause, and would wait for the rest.
 */

const MOST_BYTES = 10 * 1024 * 1024;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** `broken` is told in words how it ended; not when the call itself was given up. */
export function watchedFetch(broken: (how: string) => void): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    // What a server may say at any time comes by GET, and may break off.
    if (response.body === null || init?.method !== "POST") return response;
    const { status, statusText, headers } = response;
    return new Response(watched(response.body, broken, init.signal ?? null), { status, statusText, headers });
  };
}

function watched(
  body: ReadableStream<Uint8Array>,
  broken: (how: string) => void,
  signal: AbortSignal | null,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = MOST_BYTES;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        left -= value.length;
        if (left < 0) throw new Error(`sent an answer of more than ${MOST_BYTES} bytes`);
        controller.enqueue(value);
      } catch (thrown) {
        controller.error(thrown);
        await reader.cancel(thrown).catch(() => undefined);
        if (signal?.aborted !== true) broken(left < 0 ? (thrown as Error).message : "broke the connection");
      }
    },
    cancel: async (reason) => reader.cancel(reason),
  });
}
