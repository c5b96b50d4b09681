/** A tool of the user's own file. */
import { AepoError } from "../../std/errors.ts";
import type { AnyTool } from "../../tools/tool.ts";
import { importModule } from "./import-module.ts";

export async function importTool(options: { readonly file: string; readonly export: string }): Promise<AnyTool> {
  const found = (await importModule(options.file))[options.export];
  if (isTool(found)) return found;
  const what = found === undefined ? `exports no "${options.export}"` : `exports a "${options.export}" that is no tool`;
  throw new AepoError("config", `${options.file} ${what}`, {
    expected: "tool({ name, description, input, execute })",
    fix: "export it, or name what is exported with export",
  });
}

function isTool(value: unknown): value is AnyTool {
  return typeof value === "object" && value !== null && "name" in value && "input" in value && "execute" in value;
}
