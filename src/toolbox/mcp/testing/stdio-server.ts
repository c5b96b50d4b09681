/** A real server, made with the protocol's own SDK, whose tools do what servers do: well, slowly, badly, and not at all. */
import { spawn } from "node:child_process";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });
const nothing = z.object({});

function makeServer(): McpServer {
  const server = new McpServer({ name: "test", version: "1.0.0" }, { capabilities: { tools: {} } });
  let count = 0;
  server.registerTool(
    "addNumbers",
    {
      description: "Adds two numbers.",
      inputSchema: z.object({ a: z.number().describe("one"), b: z.number().int().default(1) }),
    },
    ({ a, b }) => text(String(a + b)),
  );
  server.registerTool("count", { inputSchema: nothing }, () => text(String((count += 1))));
  server.registerTool("environment", { inputSchema: nothing }, () => text(JSON.stringify(process.env)));
  server.registerTool("folder", { inputSchema: nothing }, () => text(process.cwd()));
  server.registerTool("fails", { inputSchema: nothing }, () => ({ ...text("no such city"), isError: true }));
  server.registerTool("throws", { inputSchema: nothing }, () => {
    throw new Error("it broke inside");
  });
  server.registerTool("structured", { inputSchema: nothing, outputSchema: z.object({ celsius: z.number() }) }, () => ({
    content: [],
    structuredContent: { celsius: 21 },
  }));
  server.registerTool("many", { inputSchema: nothing }, () => ({
    content: [
      { type: "text", text: "a picture:" },
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "audio", data: "AAAAAA==", mimeType: "audio/wav" },
      { type: "resource_link", uri: "file:///a.txt", name: "a file" },
      { type: "resource", resource: { uri: "file:///b.txt", text: "inside b" } },
      { type: "resource", resource: { uri: "file:///c.bin", blob: "AAAA" } },
    ],
  }));
  server.registerTool("waits", { inputSchema: z.object({ ms: z.number() }) }, async ({ ms }, { mcpReq }) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      mcpReq.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        count += 100;
        resolve();
      });
    });
    return text("waited");
  });
  server.registerTool("reports", { inputSchema: nothing }, async (_, { mcpReq }) => {
    await mcpReq.notify({ method: "notifications/progress", params: { progressToken: 0, progress: 1 } });
    console.log("a log that went to the wrong place");
    console.log('{"jsonrpc":"2.0","neither":"request nor answer"}');
    return text("reported");
  });
  server.registerTool("crashes", { inputSchema: nothing }, () => {
    console.error("out of luck");
    process.exit(3);
  });
  server.registerTool("hangs", { inputSchema: nothing }, () => {
    for (;;);
  });
  server.registerTool("stubborn_child", { inputSchema: nothing }, () => {
    process.on("SIGTERM", () => undefined);
    const child = spawn("sh", ["-c", "trap '' TERM HUP; sleep 1000 & wait; sleep 1000"], { stdio: "inherit" });
    // Nor does this process leave when its input ends.
    setInterval(() => undefined, 1000);
    return text(`${process.pid} ${child.pid}`);
  });
  return server;
}

console.error("test server starts");
serveStdio(makeServer);
