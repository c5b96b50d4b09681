/** A request without an answer. Whether the server may have read it decides what may be sent again. */
import { messageOf } from "../../../std/errors.ts";

/** Failures before a byte of the request was on the wire. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
/** The same the next time: no certificate, no such host, an answer without end. */
const PERMANENT =
  /^(ENOTFOUND$|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|UND_ERR_RES_EXCEEDED|UND_ERR_INVALID_ARG)/;

export class NetworkFault extends Error {
  readonly code: string;
  /** The server may have read the request, and may be acting on it. */
  readonly sent: boolean;
  readonly timedOut: boolean;
  readonly permanent: boolean;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NetworkFault";
    this.code = code;
    this.sent = !NOT_SENT.has(code);
    this.timedOut = TIMEOUTS.has(code);
    this.permanent = PERMANENT.test(code);
  }

  static of(thrown: unknown): NetworkFault {
    const code = codeOf(thrown) ?? "UNKNOWN";
    return new NetworkFault(code, `${messageOf(thrown)} (${code})`, thrown);
  }
}

/** The code of an error, of its cause, or of the first of several addresses tried. */
function codeOf(thrown: unknown): string | null {
  if (typeof thrown !== "object" || thrown === null) return null;
  const { code, cause, errors } = thrown as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === "string" && code !== "") return code;
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return codeOf(cause);
}
