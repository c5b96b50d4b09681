/**
 * A call as JSON: {"name": …, "arguments": {…}}. Tolerant where models differ and nothing is guessed (fences, `parameters` for
 * `arguments`, arguments as JSON in a text, OpenAI's wrapping, lists of calls); everything else is rejected with what was wrong
 * and what would have been right, for the policy to read.
 */
import type { Json, JsonObject } from "../../std/json.ts";
import type { AnyTool } from "../../tools/tool.ts";
import { argumentsFault, signatureOf, textOfArguments } from "../../tools/tool-input.ts";
import type { CallAction, RejectedAction } from "./dialect.ts";
import { readLooseJson } from "./loose-json.ts";

export type ReadCall = CallAction | RejectedAction;

const ONE_CALL = "make one call, read its result, then make the next";

/** More are not looked at: they cannot be made. */
const MOST_CALLS = 16;

/** Reads the calls of a text that should hold nothing else: at least one, accepted or rejected. `form`: how a call is written. */
export function readCalls(whole: string, tools: readonly AnyTool[], form: string): readonly ReadCall[] {
  const text = withoutFence(whole.trim());
  if (text === "") return [rejected(`the call is empty; a call is written ${form}`)];
  const calls: ReadCall[] = [];
  for (let at = 0; at < text.length; ) {
    if (at > 0 && text[at] !== "{" && text[at] !== "[") {
      return [rejected(`there is text behind the call: ${excerpt(text.slice(at, at + 61))}`)];
    }
    const json = readLooseJson(text, at);
    if ("fault" in json) {
      return [rejected(`the call is not JSON: ${json.fault}; a call is written ${form}`, "", text)];
    }
    const values = Array.isArray(json.value) ? (json.value as readonly Json[]) : [json.value];
    if (values.length === 0) calls.push(rejected(`the list of calls is empty; a call is written ${form}`));
    if (calls.length + values.length > MOST_CALLS)
      return [rejected(`more than ${MOST_CALLS} calls in one turn; ${ONE_CALL}`)];
    for (const value of values) calls.push(callOf(value, tools, form));
    at = json.end;
    while (/[\s;]/.test(text[at] ?? "")) at++;
  }
  return calls;
}

/** Several calls in one turn. */
export function tooMany(count: number): RejectedAction {
  return rejected(`${count} calls in one turn; ${ONE_CALL}`);
}

export function rejected(why: string, tool = "", input = ""): RejectedAction {
  return { kind: "rejected", why, tool, input: input.length <= 200 ? input : `${input.slice(0, 199)}…` };
}

const KEYS = ["name", "arguments", "parameters", "type", "id"];

function callOf(value: Json, tools: readonly AnyTool[], form: string): ReadCall {
  const call = unwrapped(value);
  if (call === null) return rejected(`a call is a JSON object, written ${form}`, "", JSON.stringify(value));
  const { name } = call;
  const input = JSON.stringify(call["arguments"] ?? call["parameters"] ?? {});
  if (typeof name !== "string" || name === "")
    return rejected(`the call has no "name"; a call is written ${form}`, "", input);
  const tool = tools.find((one) => one.name === name);
  const wrong = (why: string): RejectedAction => rejected(why, tool?.name ?? "", input);
  if (tool === undefined)
    return wrong(`no tool ${excerpt(name)}; there are: ${tools.map((one) => one.name).join(", ")}`);
  const stray = Object.keys(call).find((key) => !KEYS.includes(key));
  if (stray !== undefined) return wrong(`the call has ${excerpt(stray)} beside its name; a call is written ${form}`);
  const given = argumentsIn(call);
  if (typeof given === "string") return wrong(`${given}; ${name} takes ${signatureOf(tool)}`);
  const fault = argumentsFault(tool, given);
  if (fault !== null) return wrong(`${fault}; ${name} takes ${signatureOf(tool)}`);
  return { kind: "call", tool: name, input: textOfArguments(tool, given) };
}

/** The arguments, or what is wrong with them. Without any a call has none. */
function argumentsIn(call: JsonObject): JsonObject | string {
  if ("arguments" in call && "parameters" in call) return 'the call has both "arguments" and "parameters"';
  const key = "parameters" in call ? "parameters" : "arguments";
  const given = call[key] ?? {};
  if (isObject(given)) return given;
  const inner = typeof given === "string" ? objectIn(given) : null;
  if (inner !== null) return inner;
  return `"${key}" is ${Array.isArray(given) ? "a list" : typeof given === "string" ? "a text" : `a ${typeof given}`}, not an object`;
}

function objectIn(text: string): JsonObject | null {
  const json = readLooseJson(text);
  return "value" in json && isObject(json.value) && text.slice(json.end).trim() === "" ? json.value : null;
}

/** OpenAI's form puts the call into "function". */
function unwrapped(value: Json): JsonObject | null {
  if (!isObject(value)) return null;
  const { type, function: inner } = value;
  return type === "function" && inner !== undefined && isObject(inner) ? inner : value;
}

function withoutFence(text: string): string {
  const [opening] = /^```(?:json)?\s*/i.exec(text) ?? [];
  if (opening === undefined) return text;
  return (text.endsWith("```") ? text.slice(opening.length, -3) : text.slice(opening.length)).trim();
}

function excerpt(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 59)}…`);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
