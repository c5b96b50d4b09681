/** How a suite is asked without a recipe: a short system prompt, the question, and no tools unless some are given. */
import type { DataQuestion } from "../data/question-set.ts";
import type { Dialect, Limits, Question } from "../envs/task.ts";
import { describeTool } from "../tools/describe-tool.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { SuiteAgent } from "./suite-task.ts";

export interface PlainAgentOptions {
  /** Without state: nothing is kept between calls. */
  readonly tools: readonly AnyTool[];
  readonly dialect: Dialect;
  readonly limits: Limits;
  /** Instead of the one made for the question. */
  readonly system: string | null;
  /** Whether the model has a chat template; otherwise it reads one text. */
  readonly chat: boolean;
}

export function plainAgent({ tools, dialect, limits, system, chat }: PlainAgentOptions): SuiteAgent {
  const described = tools.map(describeTool);
  const inTags = !chat;
  return {
    tools,
    dialect,
    limits,
    environment: { initial: () => undefined, fork: () => undefined, replayable: true },
    ask(question): Question {
      const { id, prompt, answers } = question;
      const said = system ?? question.system ?? systemPrompt(question, tools, inTags);
      const asked = { id, answers, data: question };
      if (!chat) return { ...asked, prompt: `${said}\n\nQuestion: ${prompt}\n` };
      const messages = [
        ...(said === "" ? [] : [{ role: "system" as const, content: said }]),
        { role: "user" as const, content: prompt },
      ];
      return { ...asked, prompt, chat: { messages, ...(described.length === 0 ? {} : { tools: described }) } };
    },
  };
}

function systemPrompt({ kind }: DataQuestion, tools: readonly AnyTool[], inTags: boolean): string {
  const what = kind === "math" ? "Solve the problem" : "Answer the question";
  const short = { math: "the result alone", "multiple-choice": "the letter of the choice alone" }[kind as string];
  const answer = short ?? "the answer alone, as short as possible";
  const form = inTags ? "<think> … </think> <answer> … </answer>" : "\\boxed{…}";
  return [
    `${what}. Think step by step.`,
    tools.length === 0 ? "" : toolSentence(tools, inTags),
    inTags ? `Write ${form}, in the second ${answer}.` : `End with ${form}, in it ${answer}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function toolSentence(tools: readonly AnyTool[], inTags: boolean): string {
  if (!inTags) return "Use the tools where they help.";
  const list = tools.map(({ name, description }) => `<${name}> … </${name}> (${description})`).join(", ");
  return `Instead of an answer you may call a tool and read its result: ${list}.`;
}
