/**
 * A simulated engine behind the Tinker protocol, in a process of its own: `tsx bench/simulated-engine/main.ts SETTINGS` (JSON). The
 * first line of stdout is its address. GET /simulation tells what the engine did. It ends with its parent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomStream } from "../../src/std/random.ts";
import { Engine } from "./engine.ts";
import { type Answer, ProtocolApp } from "./protocol-app.ts";
import type { EngineSettings } from "./settings.ts";
import { simClock } from "./sim-clock.ts";

const settings = JSON.parse(process.argv[2] ?? "") as EngineSettings;
const clock = simClock(settings.speedup);
const engine = new Engine(settings, clock);
const app = new ProtocolApp(engine, clock);
const chance = randomStream(1, "faults");

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (isProtobuf(request.headers["content-type"])) return bytes;
  const text = bytes.toString();
  return text === "" ? {} : JSON.parse(text);
}

function isProtobuf(header: string | undefined): boolean {
  return settings.service.protobuf && header?.includes("application/x-protobuf") === true;
}

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    "content-type": typeof body === "string" ? "application/json" : "application/x-protobuf",
  });
  response.end(body);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").split("?")[0]?.replace(/^\/api\/v1\//, "") ?? "";
  if (path === "/simulation") return write(response, { status: 200, body: JSON.stringify(engine.figures()) });
  if (path === "/") return write(response, { status: 200, body: JSON.stringify({ name: "simulated engine" }) });
  const { unavailable, cutBefore, cutAfter } = settings.faults;
  const luck = chance.uniform();
  if (luck < cutBefore) return void request.socket.destroy();
  const body = await bodyOf(request);
  await pause(settings.service.roundTripMs);
  if (luck < cutBefore + unavailable) return write(response, { status: 503, body: JSON.stringify({ detail: "busy" }) });
  const answer = (await app.answer(path, body, isProtobuf(request.headers.accept))) ?? {
    status: 404,
    body: JSON.stringify({ detail: "Not Found" }),
  };
  if (luck > 1 - cutAfter) return void request.socket.destroy();
  response.once("finish", () => app.delivered(path, body, answer.status));
  write(response, answer);
}

function pause(ms: number): Promise<void> | undefined {
  return ms === 0 ? undefined : new Promise((resolve) => void clock.after(ms, resolve));
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => {
    if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
    response.end("Internal Server Error");
  });
});
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
