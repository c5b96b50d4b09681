/** Which folder of adapters a client may name: one below the folder that whoever started the server allowed, links followed. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { ADAPTER, ADAPTER_CONFIG } from "../../policy/peft.ts";
import { badRequest } from "../api-error.ts";

/** `path`: absolute, or from the allowed folder. Throws 400; what lies outside is not told about. */
export function adapterFolder(allowed: string, path: string): string {
  const wanted = resolve(allowed, path);
  const root = realpathSync(allowed);
  const found = existsSync(wanted) ? realpathSync(wanted) : null;
  const inside = (folder: string): boolean => !/^\.\.(?:$|[\\/])/.test(relative(root, folder)) && isBelow(root, folder);
  if (!inside(found ?? wanted)) {
    throw badRequest(`lora_path: "${path}" is not in the folder that adapters are loaded from here`, "lora_path");
  }
  const missing = [ADAPTER_CONFIG, ADAPTER].filter((name) => !existsSync(join(wanted, name)));
  if (found === null || !statSync(found).isDirectory() || missing.length > 0) {
    throw badRequest(`lora_path: "${path}" is no folder of adapters: ${missing.join(" and ")} missing`, "lora_path");
  }
  for (const name of [ADAPTER_CONFIG, ADAPTER]) {
    if (!inside(realpathSync(join(found, name)))) {
      throw badRequest(`lora_path: ${name} in "${path}" is a link to elsewhere`, "lora_path");
    }
  }
  return found;
}

function isBelow(root: string, folder: string): boolean {
  return folder === root || folder.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}
