/** `aepo serve`: a model behind OpenAI's API, on a port of this machine. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { messageOf, AepoError } from "../std/errors.ts";
import { type Access, checkAccess } from "./access.ts";
import { serveApp } from "./app.ts";
import { GenerationEngine } from "./generation.ts";
import type { ServedModel } from "./served-model.ts";

export interface ServeOptions extends Access {
  readonly model: ServedModel;
  /** 0: any that is free. */
  readonly port: number;
  readonly maxOpen: number;
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
  const engine = new GenerationEngine(() => model.policy.openSampler());
  const app = serveApp({ ...options, engine, access: options });
  // Without options for HTTP/2 it is a server of HTTP/1.1.
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${bound}`,
    get open() {
      return engine.open;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await engine.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (thrown) => {
      reject(
        new AepoError("usage", `cannot listen on ${host}:${port}: ${messageOf(thrown)}`, {
          fix: "give another --port, or --port 0 for one that is free",
          cause: thrown,
        }),
      );
    });
    server.listen(port, host.replace(/^\[(.*)\]$/, "$1"), resolve);
  });
}
