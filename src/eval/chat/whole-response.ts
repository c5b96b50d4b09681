/** `fetch` that has the whole body when it resolves, so that a client's time limit covers it, and gives up on endless ones. */

type Fetch = typeof globalThis.fetch;

export function fetchWhole(mostBytes: number): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const body = await readAll(response, mostBytes);
    const { status, statusText, headers } = response;
    return new Response(mayHaveBody(status) ? body : null, { status, statusText, headers });
  };
}

async function readAll({ body }: Response, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the stream.
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > mostBytes) throw new Error(`the server's reply is longer than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** A Response of these may have none. */
function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}
