/** A task made of questions, tools and a reward: what a recipe's `task: { name: agent }` becomes when everything is open. */
import type { DataQuestion, QuestionData } from "../data/question-set.ts";
import type { QuestionDraft } from "../envs/definition.ts";
import { defineTask } from "../envs/define.ts";
import type { Dialect, Limits, Question, Task } from "../envs/task.ts";
import { describeTool } from "../tools/describe-tool.ts";
import type { AnyTool } from "../tools/tool.ts";
import { systemOf } from "./system-prompt.ts";
import { type ToolStates, toolStates, withOwnState } from "./tool-states.ts";

export interface AgentParts {
  readonly tools: readonly AnyTool[];
  readonly dialect: Dialect;
  /** Instead of what the data or the dialect says before a question; "": nothing. */
  readonly system?: string | undefined;
  /** `chat`: the model's chat template writes the question down; `plain`: it is the question's text alone. */
  readonly prompt: "chat" | "plain";
  readonly questions: Pick<QuestionData, "train" | "test">;
  readonly reward: Task<DataQuestion>["reward"];
  readonly limits: Limits;
  readonly entropyWindow: { readonly tokens: number; readonly skip: number };
}

export function agentTask(parts: AgentParts): Task<DataQuestion, ToolStates> {
  const { tools, dialect, questions, reward, limits, entropyWindow } = parts;
  const described = dialect.inputs === "json" ? tools.map(describeTool) : [];
  const draftOf = (question: DataQuestion): QuestionDraft<DataQuestion> => {
    const { id, prompt, answers } = question;
    // Columns that were kept stand beside the question's own fields: a reward chooses by either.
    const draft = { id, prompt, answers, data: { ...question.data, ...question } };
    if (parts.prompt === "plain") return draft;
    const system = systemOf(dialect, tools, parts.system, question.system);
    const told = system === null ? [] : [{ role: "system" as const, content: system }];
    const messages = [...told, { role: "user" as const, content: prompt }];
    return { ...draft, chat: { messages, ...(described.length === 0 ? {} : { tools: described }) } };
  };
  const task = defineTask<DataQuestion, ToolStates>({
    name: "agent",
    description: `Questions out of data, answered with ${tools.map(({ name }) => name).join(", ")}.`,
    tools: tools.map(withOwnState),
    dialect,
    question: (split, index) => draftOf(questions[split].at(index)),
    environment: toolStates(),
    limits,
    entropyWindow,
    reward,
  });
  const ask = (question: DataQuestion): Question<DataQuestion> => {
    const { prompt, chat } = draftOf(question);
    const { id, answers } = question;
    return { id, prompt, answers, data: question, ...(chat === undefined ? {} : { chat }) };
  };
  return { ...task, ask };
}
