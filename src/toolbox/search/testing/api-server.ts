/** A provider's API on this machine, for tests: keeps what was asked, answers what the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ApiServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Answers every request from now on. */
  answer(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  respond: (response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function apiServer(): Promise<ApiServer> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const text = Buffer.concat(pieces).toString();
      const { method = "", url = "", headers } = request;
      api.seen.push({ method, path: url, headers, body: text === "" ? null : (JSON.parse(text) as unknown) });
      api.respond(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api: ApiServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    respond: (response) => void response.writeHead(404).end(),
    answer(status, body, headers = {}) {
      api.respond = (response) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return api;
}
