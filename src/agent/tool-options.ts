/** The tools a recipe can name, each with the options of its own folder; several of a kind as a list. */
import { z } from "zod";
import { browseOptionsSchema } from "../toolbox/browse/options.ts";
import { mcpOptionsSchema } from "../toolbox/mcp/options.ts";
import { pythonOptionsSchema } from "../toolbox/python/options.ts";
import { searchOptionsSchema } from "../toolbox/search/options.ts";
import { calculatorToolOptionsSchema } from "../tools/calculator/calculator-tool.ts";

export const ownToolSchema = z.strictObject({
  file: z.string().min(1).describe("A module (.ts, .js, .mjs) that exports a tool made with tool({ … })."),
  export: z.string().min(1).default("tool").describe("The name that it is exported by."),
});

function oneOrMore<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.array(schema).min(1)]).optional();
}

export const toolsSchema = z
  .strictObject({
    calculator: calculatorToolOptionsSchema.optional().describe("Arithmetic."),
    python: pythonOptionsSchema.optional().describe("Python in a sandbox."),
    search: oneOrMore(searchOptionsSchema).describe("A search engine, an offline index or recorded searches."),
    browse: browseOptionsSchema.optional().describe("Web pages as text."),
    mcp: oneOrMore(mcpOptionsSchema).describe("The tools of an MCP server."),
    own: oneOrMore(ownToolSchema).describe("Tools of your own, in TypeScript."),
  })
  .refine((tools) => Object.values(tools).some((options) => options !== undefined), {
    message: "an agent has at least one tool: calculator, python, search, browse, mcp or own",
  });
export type ToolsOptions = z.output<typeof toolsSchema>;
export type ToolKind = keyof ToolsOptions;
