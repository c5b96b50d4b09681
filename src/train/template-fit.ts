/**
 * Does the model's chat template say what the task needs said? Its tools must reach the model, and calls must be written as the
 * dialect reads them: otherwise training would begin with a policy that knows of no tool, or writes calls that nobody reads.
 */
import type { ChatEncoder, ChatPrompt } from "../chat/chat-prompt.ts";
import { encodePrompt } from "../chat/chat-prompt.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import { dialectNames, dialectOf } from "../envs/dialects/list.ts";
import type { AnyTask, Dialect } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import type { AnyTool } from "../tools/tool.ts";

export function checkTemplateFitsTask(task: AnyTask, tokenizer: Tokenizer): void {
  const question = task.question("train", 0);
  const { chat } = question;
  if (chat === undefined) return;
  const asked = written(task, () => encodePrompt(tokenizer, question));
  const { messages, tools = [] } = chat;
  if (tools.length === 0 || !isChatEncoder(tokenizer)) return;
  const silent = written(task, () => tokenizer.encodeChat(messages, { addGenerationPrompt: true }));
  if (tokenizer.decode(asked) === tokenizer.decode(silent)) {
    throw new AepoError("config", "the model's chat template does not tell it about tools", {
      expected: `a template that lists tools, which dialect ${task.dialect.name} needs`,
      fix: "set task.dialect to tags, which describes them in the system prompt, or use a model that was trained on calls",
    });
  }
  checkCalls(task, tokenizer, chat);
}

function checkCalls(task: AnyTask, tokenizer: Tokenizer & ChatEncoder, { tools = [] }: ChatPrompt): void {
  const call = written(task, () => templateCall(task, tokenizer, tools));
  if (call === null || isRead(task.dialect, call, task.tools)) return;
  const others = dialectNames.filter((name) => isRead(dialectOf(name), call, task.tools));
  throw new AepoError(
    "config",
    `the model's chat template writes calls otherwise than dialect ${task.dialect.name} reads them`,
    {
      exists: JSON.stringify(call.slice(0, 200)),
      fix:
        others.length === 0
          ? "set task.dialect to tags, which no template needs to know"
          : `set task.dialect to ${others.join(" or ")}`,
    },
  );
}

/** A turn that calls the first tool, as the template writes it; null if it does not write calls into a conversation. */
function templateCall(
  { tools: [tool] }: AnyTask,
  tokenizer: Tokenizer & ChatEncoder,
  tools: ChatPrompt["tools"],
): string | null {
  const named = { name: tool?.name ?? "", arguments: {} as JsonObject };
  const user: ChatMessage = { role: "user", content: "?" };
  const options = tools === undefined ? {} : { tools };
  const before = tokenizer.decode(tokenizer.encodeChat([user], { ...options, addGenerationPrompt: true }));
  const calls: ChatMessage = { role: "assistant", content: "", tool_calls: [{ type: "function", function: named }] };
  const whole = tokenizer.decode(tokenizer.encodeChat([user, calls], options));
  return whole.startsWith(before) && whole.includes(named.name, before.length) ? whole.slice(before.length) : null;
}

function isRead(dialect: Dialect, call: string, tools: readonly AnyTool[]): boolean {
  const end = Math.min(
    ...(dialect.endTokens ?? []).flatMap((token) => (call.includes(token) ? [call.indexOf(token) + token.length] : [])),
    call.length,
  );
  const action = dialect.parse(call.slice(0, end), tools);
  // Which arguments the tool wants is another matter.
  return action.kind === "call" || (action.kind === "rejected" && action.tool === tools[0]?.name);
}

/** A template may refuse what it is given (a system prompt, two messages of one role). */
function written<T>(task: AnyTask, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof AepoError && !/template/.test(thrown.message)) throw thrown;
    throw new AepoError(
      "config",
      `the model's chat template cannot write the questions of the task "${task.name}": ${messageOf(thrown)}`,
      {
        fix: 'leave task.system empty ("") if it knows no system prompt, choose another task.dialect, or another model',
        cause: thrown,
      },
    );
  }
}

function isChatEncoder(tokenizer: Tokenizer): tokenizer is Tokenizer & ChatEncoder {
  return "encodeChat" in tokenizer;
}
