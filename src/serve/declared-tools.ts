/**
 * The tools a request declares, for the reader of a dialect. What a model's arguments are like is the client's to check: here
 * they are an object, whatever is in it.
 */
import { z } from "zod";
import type { ChatTool } from "../chat/chat-message.ts";
import type { CallAction, Dialect } from "../envs/dialects/dialect.ts";
import { reservedTags } from "../envs/dialects/tags.ts";
import type { JsonObject } from "../std/json.ts";
import { type AnyTool, tool } from "../tools/tool.ts";
import { badRequest } from "./api-error.ts";

export interface DeclaredTools {
  readonly tools: readonly AnyTool[];
  /** The call's arguments as the text of a JSON object, or null if they are none. */
  argumentsOf(call: CallAction): string | null;
}

export function declaredTools({ name: dialect, inputs }: Dialect, declared: readonly ChatTool[]): DeclaredTools {
  const names = declared.map(({ function: { name } }) => name);
  const taken = inputs === "text" ? names.findIndex((name) => reservedTags.includes(name)) : -1;
  if (taken >= 0) {
    const param = `tools.${taken}.function.name`;
    throw badRequest(`${param}: "${names[taken]}" has another meaning in this model's dialect, ${dialect}`, param);
  }
  const parameters = new Map(declared.map(({ function: { name, parameters } }) => [name, parameters]));
  return {
    tools: declared.map(({ function: { name, description } }) =>
      tool({ name, description, input: z.looseObject({}), execute: notHere }),
    ),
    argumentsOf: ({ tool: name, input }) =>
      inputs === "json" ? input : argumentsOfText(parameters.get(name) ?? {}, input),
  };
}

/** One text is the only argument of a tool that takes one text, otherwise it must be the JSON of all. */
function argumentsOfText({ properties }: JsonObject, input: string): string | null {
  const fields = Object.entries(objectIn(properties) ?? {});
  const [[field, schema] = []] = fields;
  if (field === undefined && input === "") return "{}";
  if (field !== undefined && fields.length === 1 && objectIn(schema)?.["type"] === "string") {
    return JSON.stringify({ [field]: input });
  }
  try {
    const given = objectIn(JSON.parse(input));
    return given === null ? null : JSON.stringify(given);
  } catch {
    return null;
  }
}

function objectIn(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

function notHere(): never {
  throw new Error("the client makes the calls of its tools");
}
