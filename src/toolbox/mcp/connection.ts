/** One connection to a server, from its handshake to its end. */
import { Client, type Tool as McpTool, ProtocolError, SdkHttpError } from "@modelcontextprotocol/client";
import { z } from "zod";
import type { OpenTransport, ServerStart } from "./start-server.ts";

export interface Connection {
  readonly client: Client;
  /** How it ended and what it said last. */
  ending(): string;
  /** Is called once when it ends, unless we close it. */
  onEnd(listener: () => void): void;
  /** Whether the server answers anything within the time. */
  isAlive(withinMs: number): Promise<boolean>;
  /** Lets the server leave. */
  close(): Promise<void>;
  /** Ends it without waiting; what waits for an answer fails. */
  kill(): void;
}

/** What a server offers; a schema that is none must not spoil the list. */
export type OfferedTool = Pick<McpTool, "name" | "description"> & { readonly inputSchema?: unknown };

const listSchema = z.looseObject({
  tools: z.array(
    z.looseObject({ name: z.string(), description: z.string().optional(), inputSchema: z.unknown().optional() }),
  ),
  nextCursor: z.string().optional(),
});
const MOST_PAGES = 64;

/** With the handshake that every server knows; with the newer one where the server answers that it wants that. */
export async function connect(start: ServerStart, timeoutMs: number, signal: AbortSignal): Promise<Connection> {
  try {
    return await connectBy("legacy", start, timeoutMs, signal);
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : null;
    const isRefused = cause instanceof ProtocolError || (cause instanceof SdkHttpError && cause.status === 400);
    if (!isRefused) throw thrown;
    return await connectBy("auto", start, timeoutMs, signal);
  }
}

async function connectBy(
  mode: "legacy" | "auto",
  start: ServerStart,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Connection> {
  const opened = start.open();
  const client = new Client({ name: "aepo", version: "0" }, { versionNegotiation: { mode } });
  // What a server says out of turn is nobody's call.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no other.
  client.onerror = () => undefined;
  const kill = (): void => opened.kill();
  signal.addEventListener("abort", kill, { once: true });
  try {
    await client.connect(opened.transport, { timeout: timeoutMs, signal });
  } catch (thrown) {
    await closed(client, opened);
    throw new Error(`${start.name} does not start: ${startFault(opened, thrown)}`, { cause: thrown });
  } finally {
    signal.removeEventListener("abort", kill);
  }
  return connection(client, opened);
}

/** Of a program that ended, how; of one that answered, what. */
function startFault(opened: OpenTransport, thrown: unknown): string {
  const ending = opened.ending();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return /connection closed/i.test(message) ? `it ${ending}` : message + ending.replace(/^[^;]*/, "");
}

function connection(client: Client, opened: OpenTransport): Connection {
  return {
    client,
    ending: () => opened.ending(),
    onEnd(listener) {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no other.
      client.onclose = listener;
    },
    async isAlive(withinMs) {
      const options = { timeout: withinMs };
      const asked = client.getProtocolEra() === "modern" ? client.discover(options) : client.ping(options);
      // A server that refuses the question is there.
      return asked.then(
        () => true,
        (thrown: unknown) => thrown instanceof ProtocolError,
      );
    },
    async close() {
      delete client.onclose;
      await closed(client, opened);
    },
    kill() {
      delete client.onclose;
      opened.kill();
      void client.close().catch(() => undefined);
    },
  };
}

async function closed(client: Client, opened: OpenTransport): Promise<void> {
  await client.close().catch(() => undefined);
  // A client that never was connected leaves the transport open.
  await opened.transport.close().catch(() => undefined);
}

/** All pages. Throws, in words, for a list that is none. */
export async function offeredTools({ client }: Connection, timeout: number): Promise<readonly OfferedTool[]> {
  const tools: OfferedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const list = await client.request({ method: "tools/list", params }, listSchema, { timeout });
    tools.push(...list.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })));
    if (list.nextCursor === undefined) return tools;
    cursor = list.nextCursor;
  }
  throw new Error(`its list of tools goes on beyond ${MOST_PAGES} pages`);
}
