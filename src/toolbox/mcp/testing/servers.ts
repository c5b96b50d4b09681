/** The test servers, and calls of their tools. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { AnyTool } from "../../../tools/tool.ts";
import { readOutput } from "../../../tools/tool-output.ts";
import type { OpenTool } from "../../open-tool.ts";
import type { McpOptionsInput } from "../options.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const file = (name: string): string => new URL(`./${name}.ts`, import.meta.url).pathname;
export const sdkServer: McpOptionsInput = { command: process.execPath, args: ["--import", tsx, file("stdio-server")] };
export const rawServer = (kind: string): McpOptionsInput => ({
  command: process.execPath,
  args: ["--import", tsx, file("raw-server"), kind],
});

export const named = ({ tools }: OpenTool, name: string): AnyTool => {
  const found = tools.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no tool ${name} in ${tools.map((one) => one.name).join(", ")}`);
  return found;
};
export const use = async (
  open: OpenTool,
  name: string,
  input: object = {},
  signal = new AbortController().signal,
): Promise<string> => {
  const tool = named(open, name);
  return readOutput(await tool.execute(tool.input.parse(input), { state: undefined, call: 0, signal }), undefined).text;
};
export const failure = async (open: OpenTool, name: string, input: object = {}): Promise<unknown> =>
  use(open, name, input).then(String, (thrown: unknown) => thrown);
