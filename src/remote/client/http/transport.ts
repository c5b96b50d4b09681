/**
 * One request and its whole answer, over a pool of kept-alive connections. Undici's own Agent: its limit of connections is the
 * back-pressure (more requests wait for a free one), and its time-outs start when a request is on the wire. Nothing is retried
 * here; a failure says whether the server may have read the request.
 */
import { Agent, request } from "undici";
import { NetworkFault } from "./network-fault.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** From the server's root: `/api/v1/asample`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** No answer, or none of its bytes, for so long. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Of a JSON body, once it was parsed: long results are parsed once. */
  readonly json?: unknown;
}

export interface Transport {
  /** Rejects with NetworkFault, or with the signal's reason. Any status is an answer. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly connectTimeoutMs: number;
}

/** Below uvicorn's five seconds: a connection that the server is about to close takes no request with it. */
const KEEP_ALIVE_MS = 2_000;
/** No answer of this protocol is longer; a server must not fill our memory. */
const MAX_ANSWER_BYTES = 1 << 29;

export function openTransport({ origin, headers, connections, connectTimeoutMs }: TransportOptions): Transport {
  const agent = new Agent({
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: connectTimeoutMs },
  });
  return {
    async send({ method, path, headers: own, body, timeoutMs, signal }) {
      signal?.throwIfAborted();
      try {
        const answer = await request(`${origin}${path}`, {
          dispatcher: agent,
          method,
          headers: { ...headers, ...own },
          body: body ?? null,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          ...(signal === undefined ? {} : { signal }),
        });
        return { status: answer.statusCode, headers: answer.headers, body: await answer.body.bytes() };
      } catch (thrown) {
        signal?.throwIfAborted();
        throw NetworkFault.of(thrown);
      }
    },
    close: async () => agent.destroy(),
  };
}
