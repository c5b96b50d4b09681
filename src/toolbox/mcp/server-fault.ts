/** What went wrong in a call, and what that says of the server. */
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { messageOf } from "../../std/errors.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";

export interface ServerFault {
  /** What the policy is shown. */
  readonly failure: Error;
  /** `well`: it answered, if not what was hoped for. `busy`: it is there. `odd`: its answers make no sense. `gone`. */
  readonly server: "well" | "busy" | "odd" | "gone";
}

export function serverFault(name: string, ending: string, thrown: unknown): ServerFault {
  if (thrown instanceof ProtocolError) return { failure: new Error(thrown.message, { cause: thrown }), server: "well" };
  if (thrown instanceof SdkHttpError && !isOdd(thrown)) return httpFault(name, thrown);
  if (isOdd(thrown)) {
    const message = `${name} gave an answer that is none: ${messageOf(thrown).slice(0, 300)}`;
    return { failure: new ToolFailure(message, { retryable: false, cause: thrown }), server: "odd" };
  }
  const isEnd = thrown instanceof SdkError || /the server has ended/.test(messageOf(thrown));
  const message = isEnd ? `${name} ${duringTheCall(ending)}` : `${name} cannot be reached: ${messageOf(thrown)}`;
  return { failure: new ToolFailure(message, { retryable: true, cause: thrown }), server: "gone" };
}

function duringTheCall(ending: string): string {
  const [how = "", ...said] = ending.split("; it said: ");
  return [`${how} during the call`, ...said].join("; it said: ");
}

function httpFault(name: string, thrown: SdkHttpError): ServerFault {
  const { status } = thrown;
  const isBusy = status === 429 || (status !== undefined && status >= 500);
  const failure = new ToolFailure(`${name} answered HTTP ${status ?? "?"}`, {
    // 404: it no longer knows the session; the next one is new.
    retryable: isBusy || status === 404,
    cause: thrown,
  });
  if (status === 404) return { failure, server: "gone" };
  return { failure, server: isBusy ? "busy" : "well" };
}

/** An answer came, but none of the protocol's. */
function isOdd(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return true;
  if (!(thrown instanceof SdkError)) return false;
  const { InvalidResult, UnsupportedResultType, ClientHttpUnexpectedContent } = SdkErrorCode;
  return [InvalidResult, UnsupportedResultType, ClientHttpUnexpectedContent].includes(thrown.code);
}
