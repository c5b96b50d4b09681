/** The key of a provider, from the environment: a missing one fails when the tool is opened, not when it is first used. */
import { AepoError } from "../../std/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface KeyPlace {
  readonly provider: string;
  /** Name of the variable. */
  readonly keyEnv: string;
  /** Where one gets a key. */
  readonly page: string;
}

export function providerKey({ provider, keyEnv, page }: KeyPlace, env: Environment): string {
  const key = env[keyEnv]?.trim() ?? "";
  if (key === "") {
    throw new AepoError("config", `search by ${provider} needs a key: the environment variable ${keyEnv} is not set`, {
      fix: `make a key at ${page} and set ${keyEnv}, or set search.provider to index or cache, which need none`,
    });
  }
  // It goes into a header, where other characters are an error of the request that would print it.
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new AepoError(
    "config",
    `the key in ${keyEnv} cannot be sent: it has spaces, line feeds or other signs that no key has`,
    {
      fix: `set ${keyEnv} again, to the key alone`,
    },
  );
}
