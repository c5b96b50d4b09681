/**
 * A chat model by OpenAI's API and its package: retries with back-off for what is worth it (connection, 408, 409, 429, 5xx), a time
 * limit a request, a limit on the reply's size. The reply is whatever the server sends, so every field is checked.
 */
import OpenAI, { APIConnectionError, APIError } from "openai";
import { z } from "zod";
import { AepoError, messageOf } from "../../std/errors.ts";
import { ChatFailure, type ChatModel, type ChatTurn, type ChatTurnRequest } from "./chat-model.ts";
import { apiRoot } from "../../remote/openai/api.ts";
import { keyVariable } from "../../remote/openai/server-key.ts";
import type { ServerOptions } from "./server-options.ts";
import { fetchWhole } from "./whole-response.ts";

const MOST_REPLY_BYTES = 32 * 1024 * 1024;

export interface ChatServer {
  /** With or without /v1 at its end. */
  readonly url: string;
  /** Null: none is sent. */
  readonly apiKey: string | null;
  readonly options: ServerOptions;
}

/** Asks the server which models it has, where none is named. Throws AepoError if it is not there or wants a key. */
export async function openChatModel({ url, apiKey, options }: ChatServer, signal: AbortSignal): Promise<ChatModel> {
  const baseURL = apiRoot(url);
  const { timeoutMs, retries } = options;
  const keyEnv = keyVariable(url, options.keyEnv);
  const client = new OpenAI({
    baseURL,
    // The package insists on one.
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    timeout: timeoutMs,
    maxRetries: retries,
    fetch: fetchWhole(MOST_REPLY_BYTES),
  });
  const failure = (thrown: unknown): Error => failureOf(thrown, baseURL, keyEnv);
  const name = options.model ?? (await onlyModel(client, baseURL, signal, failure));
  return {
    name,
    async ask(request, stop) {
      const body = requestBody(name, request, options);
      const reply: unknown = await client.chat.completions.create(body, { signal: stop }).catch((thrown: unknown) => {
        stop.throwIfAborted();
        throw failure(thrown);
      });
      return turnOf(reply);
    },
  };
}

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;

function requestBody(model: string, request: ChatTurnRequest, { tokensField = "max_tokens" }: ServerOptions): Body {
  const { messages, tools, stop, temperature, topP, maxTokens, seed } = request;
  const body = {
    model,
    messages,
    temperature,
    ...(topP === null ? {} : { top_p: topP }),
    [tokensField]: maxTokens,
    seed,
    ...(stop.length === 0 ? {} : { stop }),
    // One call a turn, as a local model makes them; servers that make several all the same are read, too.
    ...(tools.length === 0 ? {} : { tools, parallel_tool_calls: false }),
  };
  return body as unknown as Body;
}

async function onlyModel(
  client: OpenAI,
  baseURL: string,
  signal: AbortSignal,
  failure: (thrown: unknown) => Error,
): Promise<string> {
  const page = await client.models.list({ signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const error = failure(thrown);
    if (error instanceof AepoError) throw error;
    const fix = "start the server, or check the address";
    throw new AepoError("policy", `${error.message} (${baseURL})`, { fix, cause: thrown });
  });
  const ids =
    z
      .array(z.looseObject({ id: z.string() }))
      .safeParse(page.data)
      .data?.map(({ id }) => id) ?? [];
  const [id] = ids;
  if (id !== undefined && ids.length === 1) return id;
  throw new AepoError("usage", `${baseURL} has ${ids.length === 0 ? "no model" : `${ids.length} models`}`, {
    ...(ids.length === 0 ? {} : { exists: ids.slice(0, 20).join(", ") }),
    fix: "name one: --set server.model=NAME",
  });
}

const TOO_LONG = /context.?length|maximum context|context window|too many tokens|prompt is too long/i;

/** What ends one attempt, or (AepoError) what would end every other one, too. */
function failureOf(thrown: unknown, baseURL: string, keyEnv: string): Error {
  if (thrown instanceof APIConnectionError) {
    const cause = thrown.cause === undefined ? "" : `: ${messageOf(deepest(thrown.cause))}`;
    return new ChatFailure(`no reply: ${thrown.message}${cause}`);
  }
  if (!(thrown instanceof APIError)) return new ChatFailure(`the server's reply cannot be read: ${messageOf(thrown)}`);
  // The package's types leave out what it sets where there was no answer.
  const status = thrown.status as number | undefined;
  if (status === 401 || status === 403) {
    return new AepoError("policy", `${baseURL} refused the key: ${thrown.message}`, {
      fix: `put the server's key into the environment variable ${keyEnv}, or name another one: --set server.keyEnv=NAME`,
      cause: thrown,
    });
  }
  if (status === 404) {
    return new AepoError("policy", `${baseURL} does not know what was asked for: ${thrown.message}`, {
      fix: "check the address and the model's name (--set server.model=NAME)",
      cause: thrown,
    });
  }
  const tooLong = status === 413 || (status === 400 && TOO_LONG.test(`${String(thrown.code)} ${thrown.message}`));
  return new ChatFailure(`the server answered ${thrown.message}`, tooLong);
}

function deepest(cause: unknown): unknown {
  return cause instanceof Error && cause.cause !== undefined ? deepest(cause.cause) : cause;
}

const countSchema = z.int().nonnegative();
const partsSchema = z.array(z.looseObject({ text: z.string().optional() }));
const textSchema = z
  .union([z.string(), partsSchema.transform((parts) => parts.map(({ text = "" }) => text).join(""))])
  .nullish();
const callSchema = z.looseObject({
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.union([z.string(), z.record(z.string(), z.json())]) }),
});
const replySchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        message: z.looseObject({
          content: textSchema,
          refusal: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          tool_calls: z.array(callSchema).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: countSchema, completion_tokens: countSchema }).nullish().catch(null),
});

function turnOf(reply: unknown): ChatTurn {
  const parsed = replySchema.safeParse(reply);
  const choice = parsed.data?.choices[0];
  if (choice === undefined) {
    const shown = JSON.stringify(reply)?.slice(0, 200) ?? typeof reply;
    throw new ChatFailure(`the server's reply is no chat completion: ${shown}`);
  }
  const { content, refusal, reasoning_content: thought, reasoning, tool_calls: calls } = choice.message;
  const usage = parsed.data?.usage ?? null;
  return {
    content: content ?? refusal ?? "",
    thought: thought ?? reasoning ?? "",
    calls: (calls ?? []).map(({ id, function: { name, arguments: given } }, i) => ({
      id: id ?? `call_${i}`,
      type: "function",
      function: { name, arguments: typeof given === "string" ? given : JSON.stringify(given) },
    })),
    cut: choice.finish_reason === "length",
    usage: usage === null ? null : { input: usage.prompt_tokens, output: usage.completion_tokens },
  };
}
