/** Data may bring a system prompt with every question, written for other tools or another way of calling them: that is said. */
import type { QuestionData } from "../data/question-set.ts";
import type { Dialect } from "../envs/task.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { AgentOptions } from "./agent-options.ts";
import { foreignTags } from "./system-prompt.ts";

export function noteForeignPrompts(
  { system, prompt }: Pick<AgentOptions, "system" | "prompt">,
  dialect: Dialect,
  tools: readonly AnyTool[],
  { train, test }: Pick<QuestionData, "train" | "test">,
  onWarning: (text: string) => void,
): void {
  if (system !== undefined) return;
  const told = [...train.questions, ...test.questions].flatMap((question) => question.system ?? []);
  if (told.length === 0) return;
  if (prompt === "plain" || dialect.inputs === "json") {
    const why =
      prompt === "plain" ? "prompt is plain" : `dialect ${dialect.name} has tools described by the chat template`;
    onWarning(
      `${told.length} questions bring a system prompt that the model is not told: ${why} (task.system can say it)`,
    );
    return;
  }
  const tags = [...new Set([...new Set(told)].flatMap((text) => foreignTags(text, tools)))];
  if (tags.length === 0) return;
  onWarning(
    `the data's system prompt speaks of ${tags.map((tag) => `<${tag}>`).join(", ")}, which the agent has not; it has ${tools.map(({ name }) => name).join(", ")} (task.system replaces the prompt)`,
  );
}
