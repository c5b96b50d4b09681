/**
 * Any server of the Model Context Protocol as tools: a program (stdio) or an address (streamable HTTP). The server is shared by
 * all paths: what it remembers between calls is its own, and is not forked. Its progress reports are not shown.
 */
import type { Tool as McpTool } from "@modelcontextprotocol/client";
import { AepoError, messageOf } from "../../std/errors.ts";
import { inputOfJsonSchema } from "../../tools/json-schema-input.ts";
import { legalNames } from "../../tools/legal-names.ts";
import { type AnyTool, tool } from "../../tools/tool.ts";
import type { OpenTool } from "../open-tool.ts";
import { toolOptions } from "../tool-options.ts";
import { connect, type Connection, type OfferedTool, offeredTools } from "./connection.ts";
import { type McpOptions, type McpOptionsInput, mcpOptionsSchema } from "./options.ts";
import { RestartingServer } from "./restarting-server.ts";
import { resultText } from "./result-text.ts";
import { type ServerStart, serverStart } from "./start-server.ts";

/**
 * Throws AepoError: for options that contradict each other, a program, key or tool that is not there, a server that does not
 * start, and a tool whose schema cannot be read.
 */
export async function openMcpTools(
  given: McpOptionsInput,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<OpenTool> {
  const options = toolOptions("mcp", mcpOptionsSchema, given);
  const start = serverStart(options);
  const connection = await connected(start, options, signal);
  try {
    const offered = await listed(start, connection, options);
    const server = new RestartingServer(start, options, connection);
    const tools = asTools(start, server, chosen(start, offered, options.tools), options);
    return { tools, close: async () => server.close() };
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

async function connected(start: ServerStart, { startTimeoutMs }: McpOptions, signal: AbortSignal): Promise<Connection> {
  try {
    return await connect(start, startTimeoutMs, signal);
  } catch (thrown) {
    throw new AepoError("tool", messageOf(thrown), { fix: "start it by hand to see why", cause: thrown });
  }
}

async function listed(
  start: ServerStart,
  connection: Connection,
  { startTimeoutMs }: McpOptions,
): Promise<readonly OfferedTool[]> {
  try {
    return await offeredTools(connection, startTimeoutMs);
  } catch (thrown) {
    throw new AepoError("tool", `${start.name} does not list its tools: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function chosen(
  start: ServerStart,
  offered: readonly OfferedTool[],
  wanted: readonly string[] | undefined,
): readonly OfferedTool[] {
  const exists = offered.map(({ name }) => name).join(", ") || "no tools";
  if (offered.length === 0) throw new AepoError("tool", `${start.name} has no tools`);
  if (wanted === undefined) return offered;
  const missing = wanted.filter((name) => offered.every((tool) => tool.name !== name));
  if (missing.length > 0) {
    throw new AepoError("config", `${start.name} has no tool ${missing.join(", ")}`, { exists, fix: "correct tools" });
  }
  return offered.filter(({ name }) => wanted.includes(name));
}

function asTools(
  start: ServerStart,
  server: RestartingServer,
  offered: readonly OfferedTool[],
  { prefix, badSchemas }: McpOptions,
): readonly AnyTool[] {
  const readable = offered.flatMap((one) => {
    try {
      return [{ one, input: inputOfJsonSchema(one.inputSchema) }];
    } catch (thrown) {
      if (badSchemas === "skip") return [];
      throw new AepoError("tool", `${start.name}: the tool ${one.name} cannot be used: ${messageOf(thrown)}`, {
        fix: "leave it out of tools, or set badSchemas: skip",
        cause: thrown,
      });
    }
  });
  if (readable.length === 0) throw new AepoError("tool", `${start.name} has no tool whose input schema can be read`);
  const names = legalNames(
    readable.map(({ one }) => one.name),
    start.name,
    prefix,
  );
  return readable.map(({ one, input }, i) => {
    const { name, description = "", inputSchema } = one;
    const definition = { name, description, inputSchema } as McpTool;
    return tool({
      name: names[i] ?? name,
      description,
      input,
      execute: async (written, { signal }) =>
        resultText(await server.call(definition, written as Record<string, unknown>, signal)),
    });
  });
}
