/**
 * A forward proxy on 127.0.0.1 that lets Chromium reach what the guard lets it reach: every connection of the browser, whatever
 * asked for it, comes through here, is looked up here, checked and connected to the checked address. Chromium itself looks
 * nothing up.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Guard } from "../guard.ts";
import { pinnedLookup } from "../pinned-lookup.ts";

export interface GuardProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** A connection that brings more than `maxBytes` is cut. */
export async function openGuardProxy(guard: Guard, maxBytes: number): Promise<GuardProxy> {
  const server = createServer((from, to) => void forward(guard, maxBytes, from, to));
  server.on("connect", (from, socket, head) => void tunnel(guard, maxBytes, from, socket, head));
  server.on("upgrade", (_, socket) => socket.destroy());
  server.on("clientError", (_, socket) => socket.destroy());
  const sockets = openSockets(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A tunnel is no longer a connection of the server: it is kept here, to be closed. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}

/** Plain http: the request as it is, without what is meant for the proxy. */
async function forward(guard: Guard, maxBytes: number, from: IncomingMessage, to: ServerResponse): Promise<void> {
  try {
    const url = new URL(from.url ?? "");
    const lookup = pinnedLookup(await guard.addresses(url));
    const { "proxy-connection": _, "proxy-authorization": __, ...headers } = from.headers;
    const out = request(url, { agent: false, method: from.method, headers: { ...headers, host: url.host }, lookup });
    out.on("response", (answer) => {
      let seen = 0;
      answer.on("data", (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > maxBytes) to.destroy();
      });
      answer.on("error", () => to.destroy());
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    out.on("upgrade", (_answer, socket) => socket.destroy());
    out.on("error", () => to.destroy());
    to.on("close", () => out.destroy());
    from.on("error", () => out.destroy());
    from.pipe(out);
  } catch {
    // No answer: a page cannot tell what is refused from what is not there.
    to.destroy();
  }
}

/** https, and whatever else wants a tunnel. */
async function tunnel(
  guard: Guard,
  maxBytes: number,
  from: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  client.on("error", () => client.destroy());
  try {
    const url = new URL(`https://${from.url ?? ""}`);
    const addresses = await guard.addresses(url);
    const host = addresses.length === 1 ? (addresses[0]?.address ?? "") : url.hostname;
    const out = connect({ host, port: Number(url.port || 443), lookup: pinnedLookup(addresses) });
    let seen = 0;
    out.on("data", (chunk) => {
      seen += chunk.length;
      if (seen > maxBytes) client.destroy();
    });
    out.on("connect", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      out.write(head);
      client.pipe(out);
      out.pipe(client);
    });
    out.on("error", () => client.destroy());
    out.on("close", () => client.destroy());
    client.on("close", () => out.destroy());
  } catch {
    client.destroy();
  }
}
