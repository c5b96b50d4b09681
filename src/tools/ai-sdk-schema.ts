/**
 * The input schema of an AI SDK tool as ours. The SDK takes zod, JSON schema with a validator of its own (`jsonSchema()`,
 * `zodSchema()`), both behind a function, and any Standard Schema that can say itself as JSON schema.
 */
import type { z } from "zod";
import { inputOfJsonSchema } from "./json-schema-input.ts";

export interface AiSdkInput {
  readonly input: z.ZodType;
  /** What the schema's own validator makes of an input that `input` accepted. Rejects in words. */
  readonly validated: (value: unknown) => Promise<unknown>;
}

/** Of a Standard Schema, what is used. */
interface Standard {
  readonly validate: (value: unknown) => unknown;
  readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => unknown };
}

type Verdict = { readonly success: true; readonly value: unknown } | { readonly success: false; readonly error: Error };

/** Throws an Error that says what is wrong with the schema. */
export function aiSdkInput(schema: unknown): AiSdkInput {
  if (isZod(schema)) return { input: schema, validated: async (value) => value };
  if (isObject(schema) && "jsonSchema" in schema) return ofJsonSchema(schema);
  const standard = isObject(schema) || typeof schema === "function" ? standardOf(schema) : null;
  if (standard !== null) return ofStandard(standard);
  if (typeof schema === "function") return aiSdkInput((schema as () => unknown)());
  throw new Error("its inputSchema is neither zod nor jsonSchema(…)");
}

function ofJsonSchema({ jsonSchema, validate }: Readonly<Record<string, unknown>>): AiSdkInput {
  if (isObject(jsonSchema) && "then" in jsonSchema) {
    throw new Error("its JSON schema is a promise; await it before, and give what it resolves to");
  }
  const input = inputOfJsonSchema(jsonSchema);
  if (typeof validate !== "function") return { input, validated: async (value) => value };
  return {
    input,
    async validated(value) {
      const verdict = (await (validate as (value: unknown) => unknown)(value)) as Verdict;
      if (!verdict.success) throw new Error(`bad input: ${verdict.error.message}`, { cause: verdict.error });
      return verdict.value;
    },
  };
}

function ofStandard({ validate, jsonSchema }: Standard): AiSdkInput {
  if (jsonSchema === undefined) {
    throw new Error(
      "its inputSchema cannot say itself as JSON schema; wrap it with zodSchema(…) of the AI SDK if it is zod 3",
    );
  }
  return {
    input: inputOfJsonSchema(jsonSchema.input({ target: "draft-07" })),
    async validated(value) {
      const { issues, value: good } = (await validate(value)) as {
        readonly issues?: readonly { readonly message: string }[];
        readonly value?: unknown;
      };
      if (issues === undefined) return good;
      throw new Error(`bad input: ${issues.map(({ message }) => message).join("; ")}`);
    },
  };
}

function standardOf(schema: object): Standard | null {
  const standard = "~standard" in schema ? schema["~standard"] : null;
  return isObject(standard) && typeof standard["validate"] === "function" ? (standard as unknown as Standard) : null;
}

/** Zod 4, of whichever copy. */
function isZod(schema: unknown): schema is z.ZodType {
  return isObject(schema) && "_zod" in schema && typeof schema["safeParse"] === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
