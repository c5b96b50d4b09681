/** An HTTP/1.1 server of a fetch handler, on a port of this machine. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { AepoError, messageOf } from "../std/errors.ts";

export interface ListenOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface Listening {
  /** http://host:port */
  readonly url: string;
  /** Ends open connections. */
  close(): Promise<void>;
}

export async function listenOn({ fetch, host, port }: ListenOptions): Promise<Listening> {
  // Without options for HTTP/2 it is a server of HTTP/1.1.
  const server = createAdaptorServer({ fetch }) as Server;
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
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
