/**
 * The tools a request declares, for the reader of a dialect. What a model's arguments are like is the client's to check: here
 * they are an object, whatever is in it.
 */
import { z } from "zod";
import type { ChatTool } from "../chat/chat-message.ts";
import type { CallAction, Dialect } from "../envs/dialects/dialect.ts";
import { reservedTags } from "../envs/dialects/tags.ts";
import type { JsonObject } from "../std/json.ts";
import { objectOfText, textField } from "../tools/text-input.ts";
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

/** By the rule for own tools; a tool without arguments may be called with nothing. */
function argumentsOfText(schema: JsonObject, input: string): string | null {
  const given = input === "" && textField(schema) === null ? {} : objectOfText(schema, input);
  return given === null ? null : JSON.stringify(given);
}

function notHere(): never {
  throw new Error("the client makes the calls of its tools");
}
