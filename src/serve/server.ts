/** `aepo serve`: a model behind OpenAI's API, on a port of this machine. */
import { type Access, checkAccess } from "./access.ts";
import { serveApp } from "./app.ts";
import { listenOn } from "./listen.ts";
import type { LoraOptions } from "./lora/lora-routes.ts";
import type { ServedModel } from "./served-model.ts";
import { ServedModels } from "./served-models.ts";

export interface ServeOptions extends Access {
  readonly model: ServedModel;
  /** 0: any that is free. */
  readonly port: number;
  readonly maxOpen: number;
  /** Adapters that may be loaded while it runs (default: none). */
  readonly lora?: LoraOptions | null;
  /** Seconds since 1970. */
  now(): number;
  report(thrown: unknown): void;
}

export interface ModelServer {
  /** http://host:port */
  readonly url: string;
  /** Choices that are drawn or wait. */
  readonly open: number;
  /** Open requests end with an error; resolves when nothing of the server is left. The model stays. */
  close(): Promise<void>;
}

export async function startServer(options: ServeOptions): Promise<ModelServer> {
  const { model, host, port } = options;
  checkAccess(options);
  const lora = options.lora ?? null;
  const models = new ServedModels(model, lora?.most ?? 0);
  const app = serveApp({ ...options, models, lora, access: options });
  const listening = await listenOn({ fetch: app.fetch, host, port });
  return {
    url: listening.url,
    get open() {
      return models.open;
    },
    async close() {
      await models.close();
      await listening.close();
    },
  };
}
