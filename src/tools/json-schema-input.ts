/**
 * The input of a tool that is described by JSON schema, as zod: what JSON schema says of named arguments. Zod's reader does not
 * know all of it (`not`, `if`, references out of the schema); such a schema is refused, never half checked.
 */
import { z } from "zod";
import { messageOf } from "../std/errors.ts";
import { describeTool } from "./describe-tool.ts";

/** Throws an Error that says what is wrong with the schema. */
export function inputOfJsonSchema(schema: unknown): z.ZodType {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new Error(`its input schema is ${schema === null ? "null" : typeof schema}, not an object`);
  }
  const { type } = schema as { readonly type?: unknown };
  if (type !== "object") {
    throw new Error(
      `its input schema is of type ${JSON.stringify(type) ?? "none"}; arguments are named, so it must be "object"`,
    );
  }
  try {
    const input = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema, { defaultTarget: "draft-7" });
    // It must say itself to a model again; a reference that leads nowhere shows only when something is asked.
    describeTool({ name: "it", description: "", input, execute: () => "" });
    input.safeParse({});
    return input;
  } catch (thrown) {
    throw new Error(`its input schema cannot be read: ${messageOf(thrown).split("\n")[0]}`, { cause: thrown });
  }
}
