/** What a server says of itself before anything is asked of it. */
import { z } from "zod";
import { capabilitiesSchema } from "../../../protocol/messages/service.ts";
import { exchange } from "../calls/exchange.ts";
import { getJson, read } from "../calls/submit.ts";
import type { Connection } from "../connection.ts";
import type { ServerInfo } from "../tinker-client.ts";

/** Titles of servers whose sample requests may share a number: SkyRL passes it on to its router, our own has one process. */
const TREE_ROUTERS = /^(Tinker API Mock$|aepo\b)/;

export async function askServer(connection: Connection, signal: AbortSignal): Promise<ServerInfo> {
  const doing = `connecting to ${connection.settings.origin}`;
  const unreachableMs = connection.settings.timeouts.openMs;
  const answer = await getJson(connection, "/api/v1/get_server_capabilities", { doing, signal, unreachableMs });
  const { supported_models } = read(capabilitiesSchema, answer, doing);
  const title = await askTitle(connection, signal);
  return {
    models: supported_models.flatMap(({ model_name, max_context_length }) =>
      typeof model_name === "string" ? [{ name: model_name, maxContextLength: max_context_length ?? null }] : [],
    ),
    title,
    routesTrees: title !== null && TREE_ROUTERS.test(title),
  };
}

const Root = z.object({ name: z.string().max(200) });

/** The page at the root is a courtesy: any answer will do. */
async function askTitle(connection: Connection, signal: AbortSignal): Promise<string | null> {
  const answer = await exchange(
    connection,
    { method: "GET", path: "/", headers: { accept: "application/json" } },
    { doing: "the server's title", signal, accept: () => true },
  );
  try {
    return Root.parse(JSON.parse(new TextDecoder().decode(answer.body))).name;
  } catch {
    return null;
  }
}
