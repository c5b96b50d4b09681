/** Which failures are the network's: by the code that Node, or fetch in the cause of its error, gives. */

const CODES: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETDOWN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/** Causes are followed so far: a chain may be a ring. */
const DEPTH = 8;

/** The code of a broken or refused connection, of the error or of what caused it; null for anything else. */
export function networkCode(thrown: unknown): string | null {
  let error = thrown;
  for (let depth = 0; depth < DEPTH && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string" && CODES.has(error.code)) return error.code;
    error = "cause" in error ? error.cause : null;
  }
  return null;
}
