/** Servers by streamable HTTP: the SDK's own, behind a front that can be told to misbehave. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import type { OpenTool } from "../open-tool.ts";
import { openMcpTools } from "./open-mcp-tools.ts";
import type { McpOptionsInput } from "./options.ts";
import { use as useTool } from "./testing/servers.ts";

const nothing = z.object({});
const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });

function makeServer(): McpServer {
  const server = new McpServer({ name: "test", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.registerTool("add", { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) =>
    text(`${a + b}`),
  );
  server.registerTool("fails", { inputSchema: nothing }, () => ({ ...text("no such city"), isError: true }));
  server.registerTool("waits", { inputSchema: nothing }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20_000).unref());
    return text("waited");
  });
  server.registerTool("huge", { inputSchema: nothing }, () => text("x".repeat(11 * 1024 * 1024)));
  return server;
}

/** What the front does with a request before the handler sees it; null: nothing. */
type Front = (request: Request, body: string) => Response | null | "break";

class Site {
  front: Front = () => null;
  readonly seen: { readonly method: string; readonly headers: Headers; readonly rpc: string }[] = [];
  private server: Server | null = null;
  private port = 0;

  async start(legacy: "stateless" | "reject" = "stateless"): Promise<void> {
    const handler = createMcpHandler(makeServer, { legacy });
    await new Promise<void>((resolve) => {
      const { port } = this;
      this.server = serve(
        { hostname: "127.0.0.1", port, fetch: async (request) => this.answer(handler.fetch, request) },
        () => resolve(),
      ) as Server;
    });
    const address = this.server?.address() as AddressInfo | null | undefined;
    this.port = address?.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async stop(): Promise<void> {
    this.breakAll();
    await new Promise<void>((resolve) => (this.server === null ? resolve() : this.server.close(() => resolve())));
    this.server = null;
  }

  private breakAll(): void {
    this.server?.closeAllConnections();
  }

  private async answer(handle: (request: Request) => Promise<Response>, request: Request): Promise<Response> {
    const body = request.method === "POST" ? await request.text() : "";
    const rpc = body === "" ? "" : ((JSON.parse(body) as { method?: string }).method ?? "");
    this.seen.push({ method: request.method, headers: request.headers, rpc });
    const front = this.front(request, rpc);
    if (front === "break") {
      this.breakAll();
      return new Response(null, { status: 500 });
    }
    const { method, headers } = request;
    return front ?? handle(new Request(request.url, { method, headers, ...(body === "" ? {} : { body }) }));
  }
}

describe("tools of a server by HTTP", () => {
  let site: Site;
  let open: OpenTool | null = null;
  beforeEach(() => {
    site = new Site();
  });
  afterEach(async () => {
    await open?.close();
    await site.stop();
  });

  const opened = async (more: McpOptionsInput = {}): Promise<OpenTool> => {
    open = await openMcpTools({ url: site.url, timeoutMs: 20_000, backOffMs: 10, ...more });
    return open;
  };
  const use = async (name: string, input: object = {}): Promise<string> => {
    if (open === null) throw new Error("not open");
    return useTool(open, name, input);
  };
  const failure = async (name: string, input: object = {}): Promise<unknown> =>
    use(name, input).then(String, (thrown: unknown) => thrown);
  const name = (): string => `the MCP server ${new URL(site.url).host}`;

  it("work, and fail in the server's words", async () => {
    await site.start();
    await opened();
    expect(open?.tools.map((tool) => tool.name)).toEqual(["add", "fails", "waits", "huge"]);
    expect(await use("add", { a: 2, b: 3 })).toBe("5");
    expect(await rejectionMessage(use("fails"))).toBe("no such city");
  });

  it("work with a server that knows the newer handshake only", async () => {
    await site.start("reject");
    await opened();
    expect(await use("add", { a: 2, b: 3 })).toBe("5");
  });

  it("send the key from the environment and the headers of the options", async () => {
    await site.start();
    process.env["MCP_TEST_KEY"] = "secret";
    await opened({ keyEnv: "MCP_TEST_KEY", headers: { "x-team": "blue" } });
    await use("add", { a: 1, b: 1 });
    const last = site.seen.findLast(({ rpc }) => rpc === "tools/call")?.headers;
    expect([last?.get("authorization"), last?.get("x-team")]).toEqual(["Bearer secret", "blue"]);
  });

  it("say whether another try may help", async () => {
    await site.start();
    await opened();
    const starts = (): number => site.seen.filter(({ rpc }) => rpc === "initialize").length;
    const answered = (status: number): void => {
      site.front = (_, rpc) => (rpc === "tools/call" ? new Response("no", { status }) : null);
    };
    answered(503);
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({
      message: `${name()} answered HTTP 503`,
      retryable: true,
    });
    answered(429);
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({
      message: `${name()} answered HTTP 429`,
      retryable: true,
    });
    answered(403);
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({
      message: `${name()} answered HTTP 403`,
      retryable: false,
    });
    expect(starts()).toBe(1);
    // It forgot the session: a new one is made.
    answered(404);
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({ retryable: true });
    site.front = () => null;
    expect(await use("add", { a: 1, b: 1 })).toBe("2");
    expect(starts()).toBe(2);
  });

  it("fail while the server is away, and work when it is back", async () => {
    await site.start();
    await opened();
    await site.stop();
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({
      message: expect.stringMatching(/^the MCP server 127.0.0.1:\d+ cannot be reached: /),
      retryable: true,
    });
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({ retryable: true });
    await site.start();
    expect(await use("add", { a: 1, b: 1 })).toBe("2");
  });

  it("fail when the connection breaks or the answer makes no sense", async () => {
    await site.start();
    await opened();
    const answers = (answer: () => Response | "break"): void => {
      site.front = (_, rpc) => (rpc === "tools/call" ? answer() : null);
    };
    answers(() => "break");
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({ retryable: true });
    const events = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(": here it comes\n\n"));
        setTimeout(() => controller.error(new Error("or not")), 100);
      },
    });
    answers(() => new Response(events, { headers: { "content-type": "text/event-stream" } }));
    expect(await failure("add", { a: 1, b: 1 })).toMatchObject({
      message: `${name()} broke the connection during the call`,
      retryable: true,
    });
    for (const [type, body] of [
      ["text/html", "<html>"],
      ["application/json", "{"],
      ["application/json", '{"jsonrpc":"2.0"}'],
    ] as const) {
      answers(() => new Response(body, { headers: { "content-type": type } }));
      const said = await rejectionMessage(use("add", { a: 1, b: 1 }));
      expect(said).toMatch(/^the MCP server \S+ (gave an answer that is none|cannot be reached): /);
    }
    site.front = () => null;
    expect(await use("add", { a: 1, b: 1 })).toBe("2");
  });

  it("give up an answer that is too large or too late", async () => {
    await site.start();
    await opened({ timeoutMs: 3000 });
    expect(await failure("huge")).toMatchObject({
      message: `${name()} sent an answer of more than 10485760 bytes during the call`,
    });
    expect(await failure("waits")).toMatchObject({
      name: "LateFailure",
      message: `${name()} gave no answer within 3000 ms`,
    });
    expect(await use("add", { a: 1, b: 1 })).toBe("2");
  });

  it("are an error at once where nobody is", async () => {
    await expect(openMcpTools({ url: "http://127.0.0.1:1/mcp" })).rejects.toThrow(
      /^the MCP server 127.0.0.1:1 does not start: fetch failed/,
    );
  });
});
