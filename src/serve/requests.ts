/**
 * The requests of OpenAI's API that are understood, with vLLM's names for what OpenAI's has none for. A field that would change
 * the answer and is not implemented is refused by name; fields that would not are passed over.
 */
import { z } from "zod";
import type { Shaping } from "../policy/shaping.ts";
import { badRequest } from "./api-error.ts";

const MOST_CHOICES = 128;
const MOST_STOPS = 16;

const stopText = z.string().min(1).max(200);
const sampling = {
  model: z.string().optional(),
  n: z.int().min(1).max(MOST_CHOICES).nullish(),
  temperature: z.number().min(0).max(10).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  seed: z.int().nullish(),
  stop: z.union([stopText, z.array(stopText).max(MOST_STOPS)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
};

const prompt = z.union([
  z.string(),
  z.array(z.string()).min(1).max(MOST_CHOICES),
  z.array(z.int().nonnegative()).min(1),
  z.array(z.array(z.int().nonnegative()).min(1)).min(1).max(MOST_CHOICES),
]);

const completionSchema = z.object({
  ...sampling,
  prompt,
  max_tokens: z.int().positive().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
});
export type CompletionRequest = z.output<typeof completionSchema>;

const textParts = z
  .array(z.strictObject({ type: z.literal("text"), text: z.string() }))
  .transform((parts) => parts.map(({ text }) => text).join(""));
const content = z.union([z.string(), textParts]);
const json = z.string().transform((text, context) => {
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "expected a JSON object as text" });
    return z.NEVER;
  }
});
const toolCall = z.looseObject({
  id: z.string().nullish(),
  type: z.literal("function"),
  function: z.looseObject({ name: z.string().min(1), arguments: json }),
});
const message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.enum(["system", "developer"]), content }),
  z.looseObject({ role: z.literal("user"), content }),
  z.looseObject({ role: z.literal("assistant"), content: content.nullish(), tool_calls: z.array(toolCall).nullish() }),
  z.looseObject({
    role: z.literal("tool"),
    content,
    name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
  }),
]);
const toolSchema = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, _ and -"),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.json()).optional(),
  }),
});

const chatSchema = z.object({
  ...sampling,
  messages: z.array(message).min(1),
  tools: z.array(toolSchema).max(MOST_CHOICES).nullish(),
  tool_choice: z.enum(["auto", "none"]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
});
export type ChatRequest = z.output<typeof chatSchema>;
export type SamplingFields = z.output<z.ZodObject<typeof sampling>>;

/** Fields that are not implemented, with the values that change nothing. */
const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  frequency_penalty: [0],
  presence_penalty: [0],
  suffix: [""],
  echo: [false],
  best_of: [1],
  logit_bias: ["{}"],
  functions: ["[]"],
  function_call: ["none"],
  response_format: ['{"type":"text"}'],
  modalities: ['["text"]'],
  audio: [],
  reasoning_effort: ["none"],
  web_search_options: [],
};

export function completionRequest(body: unknown): CompletionRequest {
  return parse(completionSchema, body);
}

export function chatRequest(body: unknown): ChatRequest {
  return parse(chatSchema, body);
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const issue = firstIssue(parsed.error.issues);
    const param = issue.path.map(String).join(".");
    throw badRequest(param === "" ? issue.message : `${param}: ${issue.message}`, param || undefined);
  }
  for (const [field, harmless] of Object.entries(REFUSED)) {
    const value = (body as Readonly<Record<string, unknown>>)[field] ?? null;
    const shown = typeof value === "object" ? JSON.stringify(value) : value;
    if (value === null || harmless.includes(shown)) continue;
    throw badRequest(`${field}: not implemented here; leave it out`, field, "unsupported_parameter");
  }
  return parsed.data;
}

type Issue = z.core.$ZodIssue;

/** Of a union the complaint of the member that got furthest: "expected a union" helps nobody. */
function firstIssue(issues: readonly Issue[]): { readonly path: readonly PropertyKey[]; readonly message: string } {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: "invalid" };
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.map((found) => firstIssue(found)).toSorted((a, b) => b.path.length - a.path.length)[0];
  if (inner === undefined || inner.path.length === 0)
    return { path: issue.path, message: inner ? unionMessage(issue) : issue.message };
  return { path: [...issue.path, ...inner.path], message: inner.message };
}

function unionMessage({ errors }: Extract<Issue, { code: "invalid_union" }>): string {
  return errors
    .map((found) => firstIssue(found).message)
    .filter((text, i, all) => all.indexOf(text) === i)
    .join(", or: ");
}

/** Null where nothing is cut. */
export function shapingOf({ top_p, top_k, min_p, repetition_penalty }: SamplingFields): Shaping | null {
  const shaping: Shaping = {
    ...(top_p == null || top_p === 1 ? {} : { topP: top_p }),
    ...(top_k == null || top_k <= 0 ? {} : { topK: top_k }),
    ...(min_p == null || min_p === 0 ? {} : { minP: min_p }),
    ...(repetition_penalty == null || repetition_penalty === 1 ? {} : { repetitionPenalty: repetition_penalty }),
  };
  return Object.keys(shaping).length === 0 ? null : shaping;
}

export function stopsOf({ stop }: SamplingFields): readonly string[] {
  return typeof stop === "string" ? [stop] : (stop ?? []);
}
