/** Which environment variable holds the key of a server. OpenAI's key goes to OpenAI alone, unless somebody says otherwise. */
import { AepoError } from "../../std/errors.ts";

const [OPENAI, OTHERS] = ["OPENAI_API_KEY", "AEPO_API_KEY"] as const;

/** `keyEnv`: the one that is named, if any. */
export function keyVariable(url: string, keyEnv: string | undefined): string {
  if (keyEnv !== undefined) return keyEnv;
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "openai.com" || host.endsWith(".openai.com") ? OPENAI : OTHERS;
}

/** Null: the server is asked without one. Throws AepoError("config") where one that is named is not set. */
export function serverKey(
  url: string,
  keyEnv: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const key = environment[keyVariable(url, keyEnv)];
  if (key !== undefined && key !== "") return key;
  if (keyEnv === undefined) return null;
  throw new AepoError("config", `server.keyEnv: the environment variable ${keyEnv} is not set`, {
    fix: `set it to the server's key, or leave server.keyEnv out`,
  });
}
