/** What an answer that is no success means for a caller: the reason, and what to do. For every endpoint alike. */
import { type FailureFacts, TinkerFailure } from "../failure.ts";
import { errorText } from "./error-text.ts";
import type { HttpAnswer } from "./transport.ts";

/** `doing` as in "forward_backward": named in the message. */
export function refusal(doing: string, answer: Pick<HttpAnswer, "status" | "body">): TinkerFailure {
  const said = errorText(answer);
  return new TinkerFailure(`${doing}: the server says: ${said}`, {
    ...meaning(answer.status, said),
    status: answer.status,
  });
}

/** A failure of the computation, as its future reports it. */
export function computationFailure(doing: string, said: string, status: number): TinkerFailure {
  const gone = modelGone(said);
  return new TinkerFailure(`${doing} failed on the server: ${said}`, { ...(gone ?? { reason: "failed" }), status });
}

function meaning(status: number, said: string): FailureFacts {
  if (status === 401 || status === 403)
    return {
      reason: "unauthorized",
      fix: "set the environment variable of the key (TINKER_API_KEY, or the one in the config)",
    };
  if (status === 402) return { reason: "unpaid", fix: "the service has paused for billing: see its console" };
  if (/session not found|session .*expired/i.test(said) && !/sampling session/i.test(said)) return SESSION_GONE;
  if (status === 409) return { reason: /already exists/i.test(said) ? "exists" : "invalid" };
  if (status === 404 || status === 410) return modelGone(said) ?? { reason: "lost" };
  if (status >= 500) return { reason: "failed" };
  return modelGone(said) ?? { reason: "invalid" };
}

export const SESSION_GONE = {
  reason: "expired",
  expected: "a session kept alive by a heartbeat every 10 s (servers end one after 300 s without)",
  fix: "resume the run: it opens a fresh session and loads the last checkpoint",
} as const;

function modelGone(said: string): FailureFacts | null {
  if (!/model .*(not found|not loaded|unloaded)|model not (found|loaded)/i.test(said)) return null;
  return {
    reason: "model-lost",
    expected: "a model that this session created and that is still loaded",
    fix: "resume the run: it creates a fresh model and loads the last checkpoint",
  };
}
