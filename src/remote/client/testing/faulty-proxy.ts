/**
 * A proxy between a client and a real server that does to requests what networks do: ends connections before or after the server
 * read them, delays, repeats, answers 5xx of its own. What it does to the n-th request is a pure function of its seed.
 */
import { Agent, createServer, type IncomingMessage, request as send, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { randomStream } from "../../../std/random.ts";

/** `drop`: never reaches the server. `lose`: the answer is lost. `repeat`: reaches it twice. `busy`: answered with 503 here. */
export const FAULTS = ["drop", "lose", "repeat", "delay", "busy"] as const;
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

export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const { seed, rate, meets = () => true, kinds = FAULTS, delayMs = 30 } = options;
  const draws = randomStream(seed, "faults");
  const agent = new Agent({ keepAlive: true });
  const done = { drop: 0, lose: 0, repeat: 0, delay: 0, busy: 0 };
  const proxy = { target: options.target as string | null };
  const server: Server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const fault = draws.uniform() < rate && meets(path) ? draws.pick(kinds) : null;
    if (fault !== null) done[fault]++;
    void (async () => {
      const body = await bytesOf(incoming);
      const { target } = proxy;
      if (fault === "drop" || target === null) return incoming.socket.destroy();
      if (fault === "delay") await delay(delayMs);
      if (fault === "busy") return outgoing.writeHead(503, { "content-type": "text/plain" }).end("upstream is busy");
      const answer = await forward(target, incoming, body, agent);
      if (fault === "repeat") await forward(target, incoming, body, agent);
      if (fault === "lose") return incoming.socket.destroy();
      return outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    })().catch(() => incoming.socket.destroy());
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
  const type = answer.headers["content-type"];
  return {
    status: answer.statusCode ?? 502,
    headers: type === undefined ? {} : { "content-type": type },
    body: await bytesOf(answer),
  };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
