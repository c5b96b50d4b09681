/** The agent of a task: its tools, dialect, limits and world, asked a suite's questions instead of its own. */
import type { AnyTask } from "../envs/task.ts";
import { plainAgent } from "./plain-agent.ts";
import type { SuiteAgent } from "./suite-task.ts";

export function taskAgent(task: AnyTask): SuiteAgent {
  const { tools, dialect, limits, environment } = task;
  const ask = task.ask?.bind(task);
  if (ask !== undefined) return { tools, dialect, limits, environment, ask };
  // A dialect with special tokens belongs to a chat model: its template asks the question and lists the tools.
  const chat = dialect.endTokens !== undefined;
  return { ...plainAgent({ tools, dialect, limits, system: null, chat }), environment };
}
