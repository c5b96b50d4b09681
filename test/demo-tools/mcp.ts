/** A real server by stdio, made with the protocol's SDK, and what happens when it fails. */
import { openMcpTools } from "../../src/toolbox/mcp/open-mcp-tools.ts";
import { failure, rawServer, sdkServer, use } from "../../src/toolbox/mcp/testing/servers.ts";
import { messageOf } from "../../src/std/errors.ts";
import { type DemoRow, type ToolDemo, tried } from "./tool-demo.ts";

export const demo: ToolDemo = {
  name: "mcp",
  async rows() {
    return [...(await serverRows()), await badSchemaRow()];
  },
};

async function serverRows(): Promise<readonly DemoRow[]> {
  const open = await openMcpTools({ ...sdkServer, timeoutMs: 10_000 });
  const call =
    (tool: string, input: object = {}) =>
    async () =>
      use(open, tool, input);
  try {
    const rows = [
      await tried("addNumbers of a server, as add_numbers", call("add_numbers", { a: 2, b: 40 }), "42"),
      await tried("data instead of text", call("structured"), '{"celsius":21}'),
      await tried("a tool that fails", call("fails"), "no such city"),
      await tried(
        "its environment",
        async () => Object.keys(JSON.parse(await use(open, "environment")) as object).join(),
        "PATH",
      ),
      await tried("a crash", call("crashes"), /ended with exit code 3 during the call; it said: .*out of luck$/),
      await tried("the next call", call("count"), "1"),
      await tried("a hang", call("hangs"), "the MCP server node gave no answer within 10000 ms"),
      await tried("a call after it", async () => afterHang(async () => failure(open, "count")), "1"),
    ];
    const pid = Number((await use(open, "stubborn_child")).split(" ")[1]);
    await open.close();
    return [
      ...rows,
      await tried("close, with a stubborn child", async () => ((await isGone(pid)) ? "gone" : "still there"), "gone"),
    ];
  } finally {
    await open.close();
  }
}

/** That it hangs is found by a ping that gets no answer; until then calls are given up, too. */
async function afterHang(count: () => Promise<unknown>): Promise<string> {
  const first = await count();
  return messageOf(first instanceof Error ? await count() : first);
}

async function badSchemaRow(): Promise<DemoRow> {
  const open = async (): Promise<string> => {
    const opened = await openMcpTools(rawServer("bad-schema"));
    await opened.close();
    return "opened";
  };
  return tried("a tool with a broken schema", open, /the tool broken cannot be used: its input schema cannot be read/);
}

/** What was killed is there until the system has taken note. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
