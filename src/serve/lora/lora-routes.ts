/** vLLM's requests that load and unload adapters while the server runs. Only where whoever started it named a folder for them. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { ApiError, badRequest } from "../api-error.ts";
import { parsedBody } from "../requests.ts";
import type { OpenAdapter, ServedModels } from "../served-models.ts";
import { adapterFolder } from "./adapter-folder.ts";

export interface LoraOptions {
  /** Adapters are loaded from below it. */
  readonly allowed: string;
  /** Adapters that are loaded at a time. */
  readonly most: number;
  /** Opens the adapters of a folder; rejects with AepoError where they do not fit. */
  open(folder: string): Promise<OpenAdapter>;
}

const name = z.string().regex(/^[\w.:@/-]{1,200}$/, "expected 1 to 200 letters, digits and any of _ . : @ / -");
const loadSchema = z.looseObject({
  lora_name: name,
  lora_path: z.string().min(1).max(4096),
  load_inplace: z.boolean().nullish(),
});
const unloadSchema = z.looseObject({ lora_name: name });

export function addLoraRoutes(
  app: Hono,
  models: ServedModels,
  lora: LoraOptions | null,
  bodyOf: (context: Context) => Promise<unknown>,
): void {
  app.post("/v1/load_lora_adapter", async (context) => {
    const allowed = offered(lora);
    const { lora_name: id, lora_path: path, load_inplace: replace } = parsedBody(loadSchema, await bodyOf(context));
    const folder = adapterFolder(allowed.allowed, path);
    await models.load(id, path, () => opened(allowed, folder), replace === true);
    return context.text(`Success: LoRA adapter '${id}' added successfully.`);
  });
  app.post("/v1/unload_lora_adapter", async (context) => {
    offered(lora);
    const { lora_name: id } = parsedBody(unloadSchema, await bodyOf(context));
    await models.unload(id);
    return context.text(`Success: LoRA adapter '${id}' removed successfully.`);
  });
}

function offered(lora: LoraOptions | null): LoraOptions {
  if (lora !== null) return lora;
  throw new ApiError(403, "adapters are not loaded here: start the server with --allow-lora FOLDER", {
    code: "lora_not_allowed",
  });
}

async function opened(lora: LoraOptions, folder: string): Promise<OpenAdapter> {
  try {
    return await lora.open(folder);
  } catch (thrown) {
    // Other adapters, other shapes, another base: the client's to know.
    if (thrown instanceof AepoError) throw badRequest(`lora_path: ${thrown.message}`, "lora_path");
    throw thrown;
  }
}
