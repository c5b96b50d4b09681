/** Opens a policy on a server that speaks the Tinker protocol. */
import { AepoError } from "../std/errors.ts";
import type { OpenPolicy, Training } from "./opened-policy.ts";
import type { TinkerOptions } from "./tinker-options.ts";

export async function openRemote({ url }: TinkerOptions, _training: Training | null): Promise<OpenPolicy> {
  throw new AepoError("config", `policy.engine: tinker cannot be opened yet (${url})`);
}
