import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { AepoError } from "../../std/errors.ts";
import { openMcpTools } from "./open-mcp-tools.ts";
import type { McpOptionsInput } from "./options.ts";
import { rawServer } from "./testing/servers.ts";

describe("a server that cannot be used is an error when it is opened", () => {
  const list = "the MCP server node does not list its tools: ";
  it.each<[string, McpOptionsInput, string | RegExp]>([
    [
      "dies",
      {},
      "the MCP server node does not start: it ended with exit code 1; it said: cannot find my files\n  to fix: start it by hand to see why",
    ],
    ["silent", { startTimeoutMs: 1500 }, /^the MCP server node does not start: Request timed out/],
    ["flood", {}, /^the MCP server node does not start: it was ended by SIGKILL; it said: .*exceeded maximum size/],
    ["refuses", {}, /^the MCP server node does not start: .*/],
    ["no-list", {}, new RegExp(`^${list}`)],
    ["no-name", {}, new RegExp(`^${list}`)],
    ["endless", {}, `${list}its list of tools goes on beyond 64 pages`],
    ["empty", {}, "the MCP server node has no tools"],
    [
      "bad-schema",
      {},
      "the MCP server node: the tool broken cannot be used: its input schema cannot be read: Reference not found: #/nowhere\n" +
        "  to fix: leave it out of tools, or set badSchemas: skip",
    ],
    ["only-bad", { badSchemas: "skip" }, "the MCP server node has no tool whose input schema can be read"],
    [
      "collision",
      {},
      'two tools of the MCP server node would be named read_file\n  found: "read-file" and "readFile"\n  to fix: leave one of them out',
    ],
    ["unnamed", {}, /has a tool named "日本"/],
    [
      "paged",
      { tools: ["third"] },
      "the MCP server node has no tool third\n  found: first, second\n  to fix: correct tools",
    ],
  ])("%s", async (kind, more, message) => {
    const opened = openMcpTools({ ...rawServer(kind), ...more });
    await expect(opened).rejects.toThrow(AepoError);
    const said = await rejectionMessage(opened);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  it("or used as the options say", async () => {
    const names = async (options: McpOptionsInput): Promise<string[]> => {
      const open = await openMcpTools(options);
      await open.close();
      return open.tools.map(({ name }) => name);
    };
    expect(await names({ ...rawServer("bad-schema"), badSchemas: "skip" })).toEqual(["good"]);
    expect(await names({ ...rawServer("bad-schema"), tools: ["good"], prefix: "raw" })).toEqual(["raw_good"]);
    expect(await names({ ...rawServer("collision"), tools: ["readFile"] })).toEqual(["read_file"]);
    expect(await names(rawServer("paged"))).toEqual(["first", "second"]);
  });

  it.each<[McpOptionsInput, string]>([
    [{}, "options of the tool mcp: neither command nor url is given; give one of them"],
    [
      { command: "a", url: "http://a.example/" },
      "options of the tool mcp: both command and url are given; give one of them",
    ],
    [{ url: "http://a.example/", env: ["A"] }, "options of the tool mcp: env: has no effect with url; leave it out"],
    [{ command: "a", keyEnv: "A" }, "options of the tool mcp: keyEnv: has no effect with command; leave it out"],
    [{ command: "a", prefix: "A-" }, "options of the tool mcp: prefix: lower-case letters, digits and _ only"],
    [
      { command: "no-such-program-here" },
      "there is no program no-such-program-here for an MCP server\n  expected: a path, or a name that is in PATH\n  to fix: install it, or correct command",
    ],
    [
      { command: "node", cwd: "/no/such/folder" },
      "there is no folder /no/such/folder to start an MCP server in\n  to fix: correct cwd",
    ],
    [
      { command: "node", env: ["NOT_SET_HERE"] },
      "the environment variable NOT_SET_HERE of an MCP server is not set\n  to fix: set NOT_SET_HERE, or correct env",
    ],
    [
      { url: "http://a.example/", keyEnv: "NOT_SET_HERE" },
      "the environment variable NOT_SET_HERE of an MCP server is not set\n  to fix: set NOT_SET_HERE, or correct keyEnv",
    ],
  ])("%j", async (options, message) => {
    expect(await rejectionMessage(openMcpTools(options))).toBe(message);
  });
});
