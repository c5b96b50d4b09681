/**
 * One input, two ways to write it: a text (what stands between tags, in logs and in records) and named arguments (what a model
 * trained on JSON calls writes). What a text is to an object stands in text-input.ts; of a tool whose input is no object the one
 * argument is `input`.
 */
import { z } from "zod";
import type { Json, JsonObject } from "../std/json.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import { hasOthers, jsonObject, objectOfText, textField } from "./text-input.ts";
import type { AnyTool } from "./tool.ts";

/** Name of the argument of a tool whose input is no object. */
const ONLY_ARGUMENT = "input";

/** The value that the tool's schema is asked about. Throws where an object is wanted and the text is not JSON. */
export function inputOfText(tool: AnyTool, text: string): unknown {
  const schema = objectSchema(tool);
  if (schema === null) return text;
  const input = objectOfText(schema, text);
  if (input === null) throw new Error(`bad input: ${tool.name} takes JSON, ${signatureOf(tool)}`);
  return input;
}

/** How a call is written: one text (the input, or the field it fills), JSON, or a text that JSON may stand for. */
export function writtenAs(tool: AnyTool): "text" | "json" | "either" {
  const schema = objectSchema(tool);
  if (schema === null) return "text";
  if (textField(schema) === null) return "json";
  return hasOthers(schema) ? "either" : "text";
}

export function textOfArguments(tool: AnyTool, given: JsonObject): string {
  const schema = objectSchema(tool);
  if (schema === null) return textOr(given[ONLY_ARGUMENT]);
  const field = textField(schema);
  const only = field === null ? undefined : given[field];
  const isText = typeof only === "string" && Object.keys(given).length === 1;
  // A text that would be read as JSON has to be written as JSON.
  if (field === null || (hasOthers(schema) && !(isText && jsonObject(only) === null))) return JSON.stringify(given);
  return textOr(only);
}

function textOr(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function argumentsOfText(tool: AnyTool, text: string): JsonObject {
  const input = inputOfText(tool, text) as Json;
  return objectSchema(tool) === null ? { [ONLY_ARGUMENT]: input } : (input as JsonObject);
}

/** What the tool's schema says against the arguments, or null. Nothing is converted, nothing unknown is dropped. */
export function argumentsFault(tool: AnyTool, given: JsonObject): string | null {
  const { properties, additionalProperties = false } = parametersOf(tool);
  const names = Object.keys(properties as JsonObject);
  const unknown = additionalProperties === false ? Object.keys(given).find((name) => !names.includes(name)) : undefined;
  if (unknown !== undefined) return `unknown argument ${JSON.stringify(unknown)}`;
  const isObject = objectSchema(tool) !== null;
  if (!isObject && given[ONLY_ARGUMENT] === undefined) return `no argument "${ONLY_ARGUMENT}"`;
  return inputFault(tool, isObject ? given : given[ONLY_ARGUMENT]);
}

/** What the tool's schema says against an input, or null. */
function inputFault(tool: AnyTool, input: unknown): string | null {
  try {
    const parsed = tool.input.safeParse(input);
    return parsed.success ? null : faultsOf(parsed.error);
  } catch {
    // A schema that throws, or can only be asked asynchronously: the call itself finds out.
    return null;
  }
}

export function faultsOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => [path.join("."), message].filter((part) => part !== "").join(": "))
    .join("; ");
}

/** JSON schema of the named arguments. Throws AepoError("config") for a schema that JSON cannot say. */
export function parametersOf(tool: AnyTool): JsonObject {
  const object = objectSchema(tool);
  if (object !== null) return object;
  return { type: "object", properties: { [ONLY_ARGUMENT]: jsonSchema(tool) }, required: [ONLY_ARGUMENT] };
}

/** The arguments in a line, for messages: `{"query": string, "count"?: integer}`. */
export function signatureOf(tool: AnyTool): string {
  const { properties, required = [] } = parametersOf(tool);
  const fields = Object.entries(properties as JsonObject).map(([name, schema]) => {
    const { type, enum: values } = schema as JsonObject;
    const kind = Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(" | ") : type;
    return `${JSON.stringify(name)}${(required as readonly Json[]).includes(name) ? "" : "?"}: ${typeof kind === "string" ? kind : "any"}`;
  });
  return `{${fields.join(", ")}}`;
}

/** The schema of an input that is an object with named fields, or null. */
function objectSchema(tool: AnyTool): JsonObject | null {
  if (tool.input instanceof z.ZodString) return null;
  try {
    const schema = jsonSchema(tool);
    const { type, properties } = schema;
    return type === "object" ? { ...schema, properties: properties ?? {} } : null;
  } catch {
    return null;
  }
}

function jsonSchema({ name, input }: AnyTool): JsonObject {
  try {
    const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" }) as JsonObject;
    return schema;
  } catch (thrown) {
    throw new AepoError("config", `the input of tool ${name} cannot be described to a model: ${messageOf(thrown)}`, {
      expected: "a schema that JSON schema can say: texts, numbers, enums, lists and objects of them",
      cause: thrown,
    });
  }
}
