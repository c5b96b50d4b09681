/**
 * Several tools on one path, each with a state of its own: the path's state is a record by the name of the tool. A tool sees what
 * it returned last on this path, at first nothing; states are values, so that a fork shares them.
 */
import type { Environment } from "../envs/task.ts";
import type { AnyTool } from "../tools/tool.ts";
import { readOutput } from "../tools/tool-output.ts";

/** What was never returned is not in it. */
export type ToolStates = Readonly<Record<string, unknown>>;

export function toolStates(): Environment<ToolStates> {
  return { initial: () => ({}), fork: (states) => states, replayable: true };
}

/** The same tool on a path that other tools are on. */
export function withOwnState(tool: AnyTool): AnyTool<ToolStates> {
  const { name, description, input } = tool;
  return {
    name,
    description,
    input,
    async execute(given, context) {
      const { state: states } = context;
      const before = Object.hasOwn(states, name) ? states[name] : undefined;
      const { text, state } = readOutput(await tool.execute(given, { ...context, state: before }), before);
      return { text, state: state === before ? states : { ...states, [name]: state } };
    },
  };
}
