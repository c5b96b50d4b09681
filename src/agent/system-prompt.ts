/**
 * What a model is told before the question. A dialect of a chat model (hermes, llama3) has its tools described by the model's own
 * template; the paper's tags are no model's own, so the system prompt says how they are written.
 */
import type { Dialect } from "../envs/task.ts";
import type { AnyTool } from "../tools/tool.ts";
import { signatureOf, writtenAs } from "../tools/tool-input.ts";

/** The paper's system prompt, for the tools that are there. */
export function tagSystemPrompt(tools: readonly AnyTool[]): string {
  const [first] = tools;
  const name = first?.name ?? "tool";
  return [
    "You are a helpful assistant that can solve the given question step by step with the help of tools.",
    "The tools are:",
    ...tools.map(
      (tool) =>
        `- ${tool.name}: ${tool.description.trim()} Write <${tool.name}> ${inputWords(tool)} </${tool.name}>${orJson(tool)}.`,
    ),
    "Given a question, first think about the reasoning process, then give the answer. While thinking you may call tools.",
    `The reasoning process is inside <think> </think>, a call inside the tags of its tool, such as <${name}> </${name}>, the answer inside <answer> </answer>. A call ends your turn; what the tool returned follows inside <result> </result>, and you go on from there.`,
    "For example: <think> what is known, what to ask </think> " +
      `<${name}> ${first === undefined ? "" : inputWords(first)} </${name}> <result> what came back </result> ` +
      "<think> what follows from it </think> <answer> The final answer is \\[ \\boxed{answer here} \\] </answer>",
    "In the last part of the answer, the final exact answer is enclosed within \\boxed{} with LaTeX format.",
  ].join("\n");
}

function inputWords(tool: AnyTool): string {
  return writtenAs(tool) === "json" ? signatureOf(tool) : "your input here";
}

function orJson(tool: AnyTool): string {
  return writtenAs(tool) === "either" ? `, or with more than that: ${signatureOf(tool)}` : "";
}

/** Whether a text tells a model to write the tags of a tool that is not there; which. */
export function foreignTags(system: string, tools: readonly AnyTool[]): string[] {
  const known = new Set(["think", "answer", "result", ...tools.map(({ name }) => name)]);
  const opened = [...system.matchAll(/<([a-z][a-z0-9_]*)>/g)].map(([, tag = ""]) => tag);
  return [...new Set(opened.filter((tag) => !known.has(tag) && system.includes(`</${tag}>`)))];
}

/** Null: nothing is said before the question. */
export function systemOf(
  dialect: Dialect,
  tools: readonly AnyTool[],
  given: string | undefined,
  ofData: string | undefined,
): string | null {
  if (given !== undefined) return given === "" ? null : given;
  if (dialect.inputs === "json") return null;
  return ofData ?? tagSystemPrompt(tools);
}
