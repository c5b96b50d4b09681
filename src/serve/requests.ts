/**
 * The requests of OpenAI's API that are understood, with vLLM's names for what OpenAI's has none for. A field that would change
 * the answer and is not implemented is refused by name; fields that would not are passed over.
 */
import { z } from "zod";
import { badRequest } from "./api-error.ts";
import { checkNotRefused } from "./refused-fields.ts";
import { MOST_CHOICES, samplingFields as sampling } from "./sampling-fields.ts";

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

export function completionRequest(body: unknown): CompletionRequest {
  return parse(completionSchema, body);
}

export function chatRequest(body: unknown): ChatRequest {
  return parse(chatSchema, body);
}

function parse<T extends CompletionRequest | ChatRequest>(schema: z.ZodType<T>, body: unknown): T {
  const data = parsedBody(schema, body);
  checkNotRefused(body as Readonly<Record<string, unknown>>);
  const { prompt_logprobs, stream } = data;
  if (prompt_logprobs != null && stream === true) {
    throw badRequest("prompt_logprobs: are told in whole answers only; leave stream out", "prompt_logprobs");
  }
  return data;
}

/** Throws 400 with the field that is wrong. */
export function parsedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error.issues);
  const param = issue.path.map(String).join(".");
  throw badRequest(param === "" ? issue.message : `${param}: ${issue.message}`, param || undefined);
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
