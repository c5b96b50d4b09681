/**
 * A proxy between a client and a real server that does to requests what networks do: ends connections before or after the server
 * read them or in the middle of an answer, delays, repeats, changes the order, answers of its own that the server is busy. What it does
 * to the n-th request is a pure function of its seed.
 */
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { randomStream } from "../../../std/random.ts";

/**
 * `drop`: never reaches the server. `lose`: the answer is lost. `reset`: it ends in its middle. `repeat`: reaches the server twice.
 * `reorder`: held back until another request has gone before it. `busy`, `late`, `limit`: answered with 503, 408, 429 here.
 */
export const FAULTS = ["drop", "lose", "reset", "repeat", "delay", "reorder", "busy", "late", "limit"] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface FaultyProxy {
  readonly url: string;
  /** How often each fault was done. */
  readonly done: Readonly<Record<FaultKind, number>>;
  /** From now on to this address; to none: connections are refused. */
  target: string | null;
  close(): Promise<void>;
}

export interface FaultyProxyOptions {
  readonly target: string;
  readonly seed: number;
  /** Share of requests that meet a fault. */
  readonly rate: number;
  /** Which requests may meet one (default: all). */
  readonly meets?: (path: string) => boolean;
  readonly kinds?: readonly FaultKind[];
  readonly delayMs?: number;
}

const REFUSALS: Partial<Record<FaultKind, Answer>> = {
  busy: { status: 503, headers: { "content-type": "text/plain" }, body: Buffer.from("upstream is busy") },
  late: json(408, {}, { detail: "Timeout waiting for result" }),
  limit: json(429, { "retry-after-ms": "20" }, { detail: "Too many requests" }),
};

export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const { seed, rate, meets = () => true, kinds = FAULTS, delayMs = 30 } = options;
  const draws = randomStream(seed, "faults");
  const agent = new Agent({ keepAlive: true });
  const done = Object.fromEntries(FAULTS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const proxy = { target: options.target as string | null };
  const passed = new EventTarget();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse, fault: FaultKind | null): Promise<void> => {
    const body = await bytesOf(incoming);
    const refusal = fault === null ? undefined : REFUSALS[fault];
    if (refusal !== undefined) return write(outgoing, refusal);
    if (fault === "delay") await delay(delayMs);
    if (fault === "reorder") await Promise.race([once(passed, "request"), delay(5 * delayMs)]);
    const { target } = proxy;
    if (fault === "drop" || target === null) throw new Error("dropped");
    const answer = await forward(target, incoming, body, agent);
    passed.dispatchEvent(new Event("request"));
    if (fault === "repeat") await forward(target, incoming, body, agent);
    if (fault === "lose") throw new Error("lost");
    if (fault !== "reset") return write(outgoing, answer);
    outgoing.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
    outgoing.write(answer.body.subarray(0, answer.body.length / 2));
    await delay(1);
    incoming.socket.resetAndDestroy();
  };
  const server: Server = createServer((incoming, outgoing) => {
    const fault = draws.uniform() < rate && meets(incoming.url ?? "/") ? draws.pick(kinds) : null;
    if (fault !== null) done[fault]++;
    void serve(incoming, outgoing, fault).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    get target() {
      return proxy.target;
    },
    set target(value) {
      proxy.target = value;
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

async function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  agent: Agent,
): Promise<Answer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = send(`${target}${url ?? "/"}`, { method, headers, agent }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
  const kept = KEPT.flatMap((name) =>
    answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])]],
  );
  return { status: answer.statusCode ?? 502, headers: Object.fromEntries(kept), body: await bytesOf(answer) };
}

const KEPT = ["content-type", "location", "retry-after"];

function json(status: number, headers: Record<string, string>, body: object): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function write(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, headers).end(body);
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
