/**
 * One request to a provider. What fails is told apart: what another try may mend (a busy server, a broken connection), and what it cannot (a
 * key that is refused, a plan that is used up, an answer that is none). Keys never leave: redirects are not followed, messages do not show them.
 */
import { z } from "zod";
import { messageOf } from "../../std/errors.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";
import { refusal } from "./refusal.ts";

export interface ProviderRequest<Answer> {
  readonly provider: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly body?: object;
  readonly key: string | null;
  readonly schema: z.ZodType<Answer>;
  /** Of a provider that says more than the status: how long to wait, or that it is no use. */
  readonly waitMs?: (headers: Headers) => number | null;
  /** Of a provider that answers 200 for what failed behind it: that status, and why. */
  readonly inner?: (headers: Headers) => InnerFailure | null;
  /** What a status means with this provider, where it is not the usual. */
  readonly meaning?: Readonly<Record<number, string>>;
}

export interface InnerFailure {
  readonly status: number;
  readonly said: string;
}

const MAX_ANSWER_BYTES = 8 * 2 ** 20;
/** Failures of a connection that will be the same next time. */
const PERMANENT = /^(ENOTFOUND$|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_INVALID)/;

export async function ask<Answer>(request: ProviderRequest<Answer>, signal: AbortSignal): Promise<Answer> {
  const { provider, url, headers, body, key, schema } = request;
  const hidden = (text: string): string => (key === null ? text : text.replaceAll(key, "…"));
  const { response, text } = await exchange(request, signal, {
    headers: {
      accept: "application/json",
      ...headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    redirect: "manual",
    signal,
  });
  const failure = response.ok ? (request.inner?.(response.headers) ?? null) : { status: response.status, said: text };
  if (failure !== null) {
    const { headers } = response;
    throw refusal({
      provider,
      host: url.host,
      headers,
      ...failure,
      said: hidden(failure.said),
      waitMs: request.waitMs,
      meaning: request.meaning,
    });
  }
  const answer = schema.safeParse(parsed(provider, hidden(text)));
  if (answer.success) return answer.data;
  throw new ToolFailure(
    `${provider} answers with what is no list of results: ${z.prettifyError(answer.error).split("\n").join(" ")}`,
    {
      retryable: false,
    },
  );
}

async function exchange(
  { provider, url }: Pick<ProviderRequest<unknown>, "provider" | "url">,
  signal: AbortSignal,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly text: string }> {
  try {
    const response = await fetch(url, init);
    return { response, text: await boundedText(provider, response) };
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (thrown instanceof ToolFailure) throw thrown;
    const code = codeOf(thrown);
    throw new ToolFailure(`cannot reach ${provider} (${url.host}): ${code ?? messageOf(thrown)}`, {
      retryable: code === null || !PERMANENT.test(code),
      cause: thrown,
    });
  }
}

/** A server that never stops sending is left. */
async function boundedText(provider: string, response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new ToolFailure(`${provider} answers with more than ${MAX_ANSWER_BYTES} bytes`, { retryable: false });
    }
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function parsed(provider: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.replaceAll(/\s+/g, " ").trim().slice(0, 80);
    throw new ToolFailure(`${provider} answers with what is no JSON: ${start === "" ? "nothing" : start}`, {
      retryable: text.trim() === "",
    });
  }
}

function codeOf(thrown: unknown): string | null {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : null;
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return null;
  return typeof cause.code === "string" ? cause.code : null;
}
