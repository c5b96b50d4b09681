/** A small web site on this machine, for tests. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Site {
  readonly origin: string;
  readonly port: number;
  /** Paths asked for, with the Host header: "127.0.0.1:4711/a". */
  readonly hits: readonly string[];
  close(): Promise<void>;
}

export type Pages = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;

export async function openSite(pages: Pages, host = "127.0.0.1"): Promise<Site> {
  const hits: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    hits.push(`${request.headers.host}${path}`);
    const page = pages[path];
    if (page === undefined) response.writeHead(404).end("nothing here");
    else page(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host}:${port}`,
    port,
    hits,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A page that says this. */
export function says(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Pages[string] {
  return (_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
}

export function redirectsTo(location: string, status = 302): Pages[string] {
  return (_, response) => response.writeHead(status, { location }).end();
}

/** Writes the same again and again, as fast as it is taken, or every `everyMs`. */
export function endless(
  chunk: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  everyMs = 0,
): Pages[string] {
  return (_, response) => {
    response.writeHead(200, headers);
    const write = (): void => {
      if (response.destroyed) return;
      if (everyMs > 0) {
        response.write(chunk);
        setTimeout(write, everyMs);
      } else {
        while (response.write(chunk) && !response.destroyed);
        response.once("drain", write);
      }
    };
    write();
  };
}

/** A PDF of one page a text, made by hand: the smallest that readers take. */
export function pdfOf(...texts: readonly string[]): Buffer {
  const kids = texts.map((_, i) => `${4 + 2 * i} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${texts.length} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ...texts.flatMap((text, i) => {
      const stream = `BT /F1 12 Tf 72 720 Td (${text}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ];
    }),
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}
