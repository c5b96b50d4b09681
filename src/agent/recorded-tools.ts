/**
 * Tools as a traffic file describes them: name, description and the schema of the input. They answer from the record, so that a
 * replayed run needs no key, no program and no server.
 */
import { z } from "zod";
import type { Traffic } from "../toolbox/traffic/open-traffic.ts";
import { StopRun } from "../tools/stop-run.ts";
import { type AnyTool, tool } from "../tools/tool.ts";

/** Null: the file does not describe its tools. */
export function recordedTools({ tools }: Pick<Traffic, "tools">): AnyTool[] | null {
  if (tools === null) return null;
  return tools.map(({ name, description, input }) =>
    tool({
      name,
      description,
      input: z.fromJSONSchema(input as Parameters<typeof z.fromJSONSchema>[0]),
      execute: () => {
        throw new StopRun(`${name} is replayed: it cannot be called`);
      },
    }),
  );
}
