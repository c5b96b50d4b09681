/** Answers as HTTP responses: one JSON object, or server-sent events as the tokens come. */
import { messageOf } from "../std/errors.ts";
import { ApiError } from "./api-error.ts";
import { type Choice, type Delta, usageOf } from "./answer.ts";
import type { ReplyFormat, ReplyHead, WholeChoice } from "./formats.ts";
import type { PromptScores } from "./prompt-scores.ts";

export interface ReplyPlan {
  readonly choices: readonly Choice[];
  /** Choices a prompt. */
  readonly n: number;
  readonly format: ReplyFormat;
  readonly head: ReplyHead;
  readonly includeUsage: boolean;
  /** Of each prompt, in order; null: not asked for. */
  readonly promptScores: Promise<readonly PromptScores[]> | null;
  /** Ends what is still being drawn. */
  abort(reason: Error): void;
  /** Takes an error that is the server's own fault. */
  report(thrown: unknown): void;
}

export async function wholeReply(plan: ReplyPlan): Promise<Response> {
  const { choices, n, format, head } = plan;
  try {
    const scores = (await plan.promptScores) ?? [];
    const whole = await Promise.all(
      choices.map(async (choice) => wholeChoice(choice, scores[Math.floor(choice.index / n)] ?? null)),
    );
    return Response.json(format.whole(head, whole, usageOf(choices, n)));
  } finally {
    plan.abort(new Error("the request has ended"));
  }
}

async function wholeChoice(choice: Choice, promptScores: PromptScores | null): Promise<WholeChoice> {
  let [text, finish, stopReason] = ["", null as Delta["finish"], null as Delta["stopReason"]];
  const [tokens, calls]: [Delta["tokens"][number][], Delta["calls"][number][]] = [[], []];
  for await (const delta of choice.deltas()) {
    text += delta.text;
    tokens.push(...delta.tokens);
    calls.push(...delta.calls);
    finish = delta.finish;
    stopReason = delta.stopReason;
  }
  const { index, promptIds } = choice;
  return { index, promptIds, promptScores, delta: { text, tokens, calls, finish, stopReason } };
}

/** A client that goes away ends what is drawn for it. Chunks wait in memory for a slow one: at most its whole answer. */
export function streamedReply(plan: ReplyPlan): Response {
  const encoder = new TextEncoder();
  let gone = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (data: string): void => {
        if (!gone) controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      };
      const finished = (): void => {
        if (!gone) controller.close();
        plan.abort(new Error("the request has ended"));
      };
      void sendAll(plan, send).then(finished);
    },
    cancel() {
      gone = true;
      plan.abort(new Error("the client has gone"));
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
  });
}

async function sendAll(plan: ReplyPlan, send: (data: string) => void): Promise<void> {
  const { choices, n, format, head, includeUsage } = plan;
  const say = (chunk: object | null): void => {
    if (chunk !== null) send(JSON.stringify(chunk));
  };
  try {
    await Promise.all(
      choices.map(async (choice) => {
        say(format.opening(head, choice));
        let calls = 0;
        for await (const delta of choice.deltas()) {
          if (!isEmpty(delta, format)) say(format.chunk(head, choice.index, delta, calls));
          calls += delta.calls.length;
        }
      }),
    );
    if (includeUsage) say(format.usage(head, usageOf(choices, n)));
    send("[DONE]");
  } catch (thrown) {
    plan.report(thrown);
    say(serverError(thrown).body);
  }
}

/** Nothing to tell yet: half a character, or a call that is not whole. */
function isEmpty({ text, tokens, calls, finish }: Delta, { tellsTokens }: ReplyFormat): boolean {
  return text === "" && !(tellsTokens && tokens.length > 0) && calls.length === 0 && finish === null;
}

export function serverError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(500, messageOf(thrown), { type: "server_error" });
}
