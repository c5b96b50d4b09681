/** Opens the tools that a recipe names. What one of them misses (a key, a program, a server, a file) is said here. */
import { AepoError } from "../std/errors.ts";
import { openBrowseTool } from "../toolbox/browse/open-browse-tool.ts";
import { openMcpTools } from "../toolbox/mcp/open-mcp-tools.ts";
import type { OpenTool } from "../toolbox/open-tool.ts";
import { openPythonTool } from "../toolbox/python/python-tool.ts";
import { openSearchTool } from "../toolbox/search/open-search-tool.ts";
import { calculatorTool } from "../tools/calculator/calculator-tool.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { Closing } from "./closing.ts";
import type { TaskOpening } from "./open-task.ts";
import { importTool } from "./own/import-tool.ts";
import type { ToolKind, ToolsOptions } from "./tool-options.ts";

type Opener = { [Kind in ToolKind]: (options: One<ToolsOptions[Kind]>, signal: AbortSignal) => Promise<OpenTool> };
/** Of options that may be a list, one entry. */
type One<Options> = Exclude<Options extends readonly (infer Entry)[] ? Entry : Options, undefined>;

const held = (...tools: readonly AnyTool[]): OpenTool => ({ tools, close: () => Promise.resolve() });

const openers: Opener = {
  calculator: async (options) => held(calculatorTool(options)),
  python: (options, signal) => openPythonTool(options, { signal }),
  search: (options, signal) => openSearchTool(options, { signal }),
  browse: (options, signal) => openBrowseTool(options, { signal }),
  mcp: (options, signal) => openMcpTools(options, { signal }),
  own: async (options) => held(await importTool(options)),
};

/** All tools, in the order in which the recipe's kinds stand here. They are given back by `closing`. */
export async function openTools(
  options: ToolsOptions,
  { signal }: Pick<TaskOpening, "signal">,
  closing: Closing,
): Promise<readonly AnyTool[]> {
  const tools: AnyTool[] = [];
  for (const kind of Object.keys(openers) as ToolKind[]) {
    for (const entry of entriesOf(options[kind])) {
      signal.throwIfAborted();
      const opened = await (openers[kind] as (entry: unknown, signal: AbortSignal) => Promise<OpenTool>)(entry, signal);
      closing.add(() => opened.close());
      tools.push(...opened.tools);
    }
  }
  checkNames(tools);
  return tools;
}

function entriesOf(options: unknown): readonly unknown[] {
  if (options === undefined) return [];
  return Array.isArray(options) ? options : [options];
}

function checkNames(tools: readonly AnyTool[]): void {
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new AepoError("config", `two tools of the agent are named "${twice}"`, {
    exists: names.join(", "),
    fix: "give one of them another name (name: …, prefix: …), or leave it out",
  });
}
