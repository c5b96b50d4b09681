/** What the Hub's refusals mean, and what the user can do: its statuses and X-Error-Code, in words. */
import { AepoError } from "../../std/errors.ts";
import type { HubSession } from "./session.ts";
import { hubName, hubPath, type HubSpec } from "./spec.ts";

export function answerError(session: HubSession, spec: HubSpec, response: Response, text: string): AepoError {
  const name = hubName({ ...spec, revision: "main" });
  const page = `${session.endpoint}/${hubPath(spec)}`;
  const code = response.headers.get("x-error-code") ?? "";
  const error = (what: string, fix: string): AepoError => new AepoError("policy", what, { ...said(text), fix });
  if (code === "GatedRepo") {
    const token = session.token === null ? `, make a token (${session.endpoint}/settings/tokens) and set HF_TOKEN` : "";
    return error(
      `${name} is gated: its owner wants a licence accepted first`,
      `accept it at ${page}${token || ", with the account that HF_TOKEN belongs to"}`,
    );
  }
  switch (response.status) {
    case 401:
      return session.token === null
        ? error(`the Hub shows no ${name} without a token`, "check the name; if it is private or gated, set HF_TOKEN")
        : error("the Hub does not accept the token in HF_TOKEN", `make another at ${session.endpoint}/settings/tokens`);
    case 403:
      return error(
        `${name} may not be read${session.token === null ? " without a token" : " with the token in HF_TOKEN"}`,
        `ask for access at ${page}${session.token === null ? ", and set HF_TOKEN" : ""}`,
      );
    case 404:
      if (code === "RevisionNotFound") {
        return error(`${name} has no revision "${spec.revision}"`, `see its branches and tags at ${page}/tree/main`);
      }
      if (code === "EntryNotFound")
        return error(`${hubName(spec)} has no file ${spec.file ?? ""}`, `see ${page}/tree/main`);
      return error(`there is no ${name} on ${new URL(session.endpoint).host}`, "check owner, name and revision");
    default:
      return error(`the Hub answers ${response.status} for ${name}`, "try again later");
  }
}

/** The server's own sentence, if it sent one: printable, short. */
function said(text: string): { readonly exists?: string } {
  let message: unknown = null;
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && "error" in json) message = json.error;
  } catch {
    // A page for browsers says nothing to us.
  }
  if (typeof message !== "string" || message === "") return {};
  return { exists: message.replaceAll(/\p{Cc}+/gu, " ").slice(0, 200) };
}
