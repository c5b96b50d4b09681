/**
 * What the environment says about the Hub. The only place in this room that reads it, and only for what the caller leaves
 * open: models are opened deep inside a run, where no command can hand settings down.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";

export interface HubEnvironment {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | null;
  /** The folder that `huggingface_hub` uses too. */
  readonly cache: string;
  readonly offline: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function hubEnvironment(variables: Variables = process.env): HubEnvironment {
  const get = (name: string): string | undefined => {
    const value = variables[name]?.trim();
    return value === "" ? undefined : value;
  };
  const home = get("HF_HOME") ?? join(get("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
  return {
    endpoint: checkedEndpoint(get("HF_ENDPOINT") ?? "https://huggingface.co"),
    token: checkedToken(get("HF_TOKEN") ?? null),
    cache: get("HF_HUB_CACHE") ?? get("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"),
    offline: /^(1|on|yes|true)$/i.test(get("HF_HUB_OFFLINE") ?? ""),
  };
}

function checkedEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, "");
  throw new AepoError("config", `HF_ENDPOINT is ${JSON.stringify(text)}`, {
    expected: "the address of a Hub, e.g. https://huggingface.co",
  });
}

function checkedToken(token: string | null): string | null {
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AepoError("config", "HF_TOKEN holds characters that no token has", {
    expected: "hf_ and letters and digits",
  });
}
