/** Stand-ins for tools that are planned with and never called: nothing of them has to be there. */
import { z } from "zod";
import { StopRun } from "../tools/stop-run.ts";
import { type AnyTool, tool } from "../tools/tool.ts";
import type { ToolsOptions } from "./tool-options.ts";

export function plannedTools(options: ToolsOptions): AnyTool[] {
  const entries = Object.entries(options).flatMap(([kind, given]) =>
    [given ?? []].flat().map((one: object) => ("name" in one && typeof one.name === "string" ? one.name : kind)),
  );
  return [...new Set(entries)].map((name) =>
    tool({
      name,
      description: `The tool ${name}.`,
      input: z.string(),
      execute: () => {
        throw new StopRun(`${name} is only planned with: it cannot be called`);
      },
    }),
  );
}
