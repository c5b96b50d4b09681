/** How a client behaves; every field has a default but the address. */
import type { Clock } from "../../std/clock.ts";

export interface TinkerClientOptions {
  /** `http://host:port`, with or without `/api/v1`. */
  readonly url: string;
  /** The environment variable with the key (default TINKER_API_KEY). Unset or empty: `tml-dummy`, which servers without keys take. */
  readonly apiKeyVariable?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Sent with the session, for who looks at the server's list. */
  readonly tags?: readonly string[];
  /** Form of forward passes: `auto` tries protobuf once and remembers. */
  readonly wire?: "auto" | "json" | "protobuf";
  /** Whether samplers stay as they are while their model learns (hosted, our own server). Default false: SkyRL overwrites. */
  readonly samplersApart?: boolean;
  /** One routing id a tree: `auto` does so where the server says it is one that can. */
  readonly routing?: "auto" | "tree" | "request";
  /** Sample requests on the server at once (default 64). */
  readonly concurrentSamples?: number;
  /** Connections for submits and questions; those that wait for results have their own (default 16). */
  readonly connections?: number;
  /** Largest request: datums and bytes (default 1024 and 5,000,000). */
  readonly maxChunkDatums?: number;
  readonly maxChunkBytes?: number;
  readonly timeouts?: TimeoutOptions;
  /** Told of what a reader may want to know but need not act on; each once a cause. */
  readonly onNotice?: (message: string) => void;
  readonly clock?: Clock;
}

/** All in milliseconds. */
export interface TimeoutOptions {
  /** Between heartbeats (default 10,000). */
  readonly heartbeatMs?: number;
  /** One answer to a submit or a question (default 60,000). */
  readonly requestMs?: number;
  /** One poll for a result, after which it is asked for again (default 45,000). */
  readonly pollMs?: number;
  /** A result in all, from its submit (default 1,800,000). */
  readonly resultMs?: number;
  /** The same when a client is opened: a wrong address is told soon (default 15,000). */
  readonly openMs?: number;
  /** A server that does not answer at all: how long it is tried (default 120,000). */
  readonly reconnectMs?: number;
  /** First wait before a retry, doubled each time up to a hundred times as much (default 100). */
  readonly firstRetryMs?: number;
}
