/** Conformance of one demonstration: it is read and its calls are run again, as a rollout would. */
import { plainText } from "../policy/text-parts.ts";
import { inputOfText } from "../tools/tool-input.ts";
import type { AnyTask, Demonstration, Question, Reward, Transcript } from "./task.ts";
import { wordsOf } from "./words.ts";

/** A demonstration that kept every rule. */
export interface Replayed {
  readonly transcript: Transcript;
  readonly reward: Reward;
  /** Words of prompt and parts; NaN for a task without a vocabulary. */
  readonly tokens: number;
}

/** Runs the calls of a demonstration again. Throws an Error that names the part and the rule it breaks. */
export async function replay(task: AnyTask, question: Question, parts: Demonstration["parts"]): Promise<Replayed> {
  const turns: string[] = [];
  const results: string[] = [];
  const calls: { tool: string; input: string; failed: boolean }[] = [];
  let answer: string | null = null;
  let state: unknown = await task.environment.initial(question);
  for (const [index, part] of parts.entries()) {
    if (part.by !== (index % 2 === 0 ? "policy" : "tool")) throw new Error(`part ${index} is by ${part.by}`);
    if (part.by === "tool") continue;
    const action = task.dialect.parse(part.text, task.tools);
    turns.push(part.text);
    checkStops(task, part.text, index);
    if (action.kind === "invalid" || action.kind === "rejected") {
      throw new Error(`part ${index} is ${action.kind}: ${action.why}`);
    }
    const recorded = parts[index + 1]?.text;
    if (action.kind === "answer") {
      if (recorded !== undefined) throw new Error(`part ${index} answers, but is not the last`);
      answer = action.text;
      continue;
    }
    const call = calls.length;
    // AEPO-R8: what happens on a fork must not be seen by the original, so the fork runs the call first, twice.
    const fork = task.environment.fork === undefined ? null : await task.environment.fork(state);
    if (fork !== null) await execute(task, action, (await execute(task, action, fork, call)).state, call + 1);
    const result = await execute(task, action, state, call);
    const inserted = plainText(task.dialect.result(result.text, task.dialect.endTokens !== undefined));
    if (inserted !== recorded) {
      throw new Error(`part ${index + 1} records ${recorded}, but the tool now gives ${inserted}`);
    }
    state = result.state;
    results.push(result.text);
    calls.push({ tool: action.tool, input: action.input, failed: false });
  }
  const transcript: Transcript = { turns, results, calls, answer };
  checkLimits(task, question, parts, transcript);
  const reward = await task.reward(question, transcript);
  if (reward.failed !== undefined) throw new Error(`it could not be judged: ${reward.failed}`);
  if (!reward.formatOk) throw new Error("its format is broken");
  return { transcript, reward, tokens: tokensOf(task, question, parts) };
}

/** A turn ends at its first stop, and holds no other. */
function checkStops(task: AnyTask, text: string, part: number): void {
  const ends = [...task.dialect.stops(task.tools), ...(task.dialect.endTokens ?? [])].flatMap((stop) => {
    const at = text.indexOf(stop);
    return at < 0 ? [] : [at + stop.length];
  });
  if (Math.min(...ends) !== text.length) throw new Error(`part ${part} does not end at its first stop`);
}

async function execute(task: AnyTask, action: { tool: string; input: string }, state: unknown, call: number) {
  const tool = task.tools.find(({ name }) => name === action.tool);
  if (tool === undefined) throw new Error(`there is no tool ${action.tool}`);
  const signal = new AbortController().signal;
  const output = await tool.execute(tool.input.parse(inputOfText(tool, action.input)), { state, call, signal });
  return typeof output === "string" ? { text: output, state } : output;
}

function checkLimits(task: AnyTask, question: Question, parts: Demonstration["parts"], transcript: Transcript): void {
  const { turns, calls, tokens } = task.limits;
  const used = tokensOf(task, question, parts);
  if (transcript.turns.length > turns) throw new Error(`it takes ${transcript.turns.length} turns of ${turns}`);
  if (transcript.calls.length > calls) throw new Error(`it makes ${transcript.calls.length} calls of ${calls}`);
  if (used > tokens) throw new Error(`it is ${used} tokens long, of ${tokens}`);
}

function tokensOf(task: AnyTask, question: Question, parts: Demonstration["parts"]): number {
  if (task.vocabulary === undefined) return Number.NaN;
  const known = new Set(task.vocabulary);
  const words = [question.prompt, ...parts.map((part) => part.text)].flatMap(wordsOf);
  const unknown = words.find((word) => !known.has(word));
  if (unknown !== undefined) throw new Error(`${JSON.stringify(unknown)} is not in the vocabulary`);
  return words.length;
}
