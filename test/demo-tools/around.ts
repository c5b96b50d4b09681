/** What stands around a tool: a server here that is busy, hangs and answers at length, asked through every wrapper; then replayed. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { callTool } from "../../src/rollout/call-tool.ts";
import { openTraffic } from "../../src/toolbox/traffic/open-traffic.ts";
import { aroundAll, type AroundServices } from "../../src/tools/around/around-all.ts";
import { Ledger } from "../../src/tools/around/ledger.ts";
import { ledgerTable } from "../../src/tools/around/ledger-table.ts";
import type { AroundOptionsInput } from "../../src/tools/around/options.ts";
import { ToolFailure } from "../../src/tools/tool-failure.ts";
import { type AnyTool, tool } from "../../src/tools/tool.ts";
import { type DemoRow, type ToolDemo, tried } from "./tool-demo.ts";

const LIMIT = 8;
const MANY = 200;

export const demo: ToolDemo = {
  name: "around",
  async rows() {
    const server = await slowServer();
    const folder = mkdtempSync(join(tmpdir(), "aepo-around-"));
    try {
      return [
        ...(await failures(server)),
        ...(await limits(server)),
        ...(await replayed(server, join(folder, "t.jsonl"))),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await server.close();
    }
  },
};

interface Server {
  readonly page: AnyTool;
  /** Requests so far, and the most at once. */
  seen(): { readonly requests: number; readonly most: number };
  close(): Promise<void>;
}

/** `/busy` is busy twice, `/hang` never answers, `/long` is long, `/slow` takes a moment; anything else says how many asked before. */
async function slowServer(): Promise<Server> {
  let [requests, running, most, busy] = [0, 0, 0, 0];
  const server = createServer((request, response) => {
    requests++;
    most = Math.max(most, ++running);
    response.on("close", () => running--);
    if (request.url === "/hang") return;
    if (request.url === "/busy" && busy++ < 2) response.writeHead(429, { "retry-after": "0" }).end();
    else if (request.url === "/long") response.end("a long page ".repeat(50_000));
    else if (request.url?.startsWith("/slow") === true) setTimeout(() => response.end("slow"), 10);
    else response.end(`answer ${requests}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const page = tool({
    name: "page",
    description: "",
    input: z.string(),
    async execute(path, { signal }) {
      const response = await fetch(`http://127.0.0.1:${port}/${path}`, { signal });
      if (response.status === 429) throw new ToolFailure("too many requests", { retryable: true, retryAfterMs: 1 });
      return response.text();
    },
  });
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { page, seen: () => ({ requests, most }), close };
}

/** A call as a rollout makes it: its result, or what the policy is told of its failure. */
async function ask(page: AnyTool, input: string, before: readonly string[] = [], path = "demo/0"): Promise<string> {
  const place = { path, before: before.map((name) => ({ tool: name, failed: false })), beforeMs: 0 };
  const request = { tool: page.name, input, call: before.length, state: undefined, place };
  return (await callTool([page], request, 60_000, new Set())).text;
}

function stacked({ page }: Server, options: AroundOptionsInput, services: AroundServices = {}): AnyTool {
  const [whole = page] = aroundAll([page], options, services);
  return whole;
}

async function failures(server: Server): Promise<DemoRow[]> {
  const retry = { tries: 3, firstDelayMs: 1 };
  const closed = await slowServer();
  await closed.close();
  const ledger = new Ledger();
  const refused = stacked(closed, { retry }, { ledger });
  return [
    await tried("busy twice, tried three times", async () => ask(stacked(server, { retry }), "busy"), /^answer \d+$/),
    await tried(
      "a server that never answers",
      async () => ask(stacked(server, { timeoutMs: 50 }), "hang"),
      "error: no answer within 50 ms",
    ),
    await tried("a port where nobody listens", async () => ask(refused, "x"), /^error: fetch failed/),
    await tried(
      "what the ledger says of it",
      () => ledgerTable(ledger.read()),
      /\npage +1 +0 +1 +2 .*page failed: 1 network$/s,
    ),
  ];
}

async function limits(server: Server): Promise<DemoRow[]> {
  const countTokens = (text: string): number => Math.ceil(text.length / 4);
  const cut = stacked(server, { truncate: { tokens: 64, tail: 0.5 } }, { countTokens });
  const cached = stacked(server, { cache: {} });
  const poor = stacked(server, { price: 0.1, budget: { path: { calls: 2 }, run: { cost: 0.3 } } });
  const narrow = stacked(server, { concurrency: LIMIT });
  const before = server.seen().requests;
  return [
    await tried(
      "600,000 characters in 64 tokens",
      async () => ask(cut, "long"),
      (back) => /\[… 5\d+ characters left out …\]/.test(back) && countTokens(back) <= 64,
    ),
    await tried(
      "the same call ten times at once, cached",
      async () =>
        new Set(await Promise.all(Array.from({ length: 10 }, async () => ask(cached, "same")))).size.toString(),
      () => server.seen().requests === before + 2,
    ),
    await tried(
      "the third call of a path that has two",
      async () => ask(poor, "x", ["page", "page"]),
      "error: the budget of this path is used up: 2 calls",
    ),
    await tried(
      "a run that can pay three calls, asked for five",
      async () => (await Promise.all(["a", "b", "c", "d", "e"].map(async (q) => ask(poor, q)))).join("; "),
      /^(answer \d+; ){3}(error: the budget of this run is used up: it costs at most 0.3(; )?){2}$/,
    ),
    await tried(
      `${MANY} slow calls, ${LIMIT} at once`,
      async () => {
        await Promise.all(Array.from({ length: MANY }, async (_, i) => ask(narrow, `slow${i}`)));
        return `at most ${server.seen().most} at once`;
      },
      // The ones that hang and were given up may still be open.
      (back) => Number(back.split(" ")[2]) <= LIMIT + 1,
    ),
  ];
}

async function replayed(server: Server, file: string): Promise<DemoRow[]> {
  const paths = ["demo/0", "demo/1"];
  const session = async (mode: "record" | "replay", input = "x"): Promise<string> => {
    const replay = { mode: "replay", file, match: "place", missing: "stop" } as const;
    const traffic = openTraffic(mode === "record" ? { mode, file } : replay, "demo");
    const page = stacked(server, {}, { traffic });
    try {
      return (await Promise.all(paths.map(async (path) => ask(page, input, [], path)))).join("; ");
    } finally {
      traffic.close();
    }
  };
  const first = await session("record");
  const before = server.seen().requests;
  return [
    await tried("two paths ask the same, recorded", () => first, /^answer \d+; answer \d+$/),
    await tried(
      "replayed: the same, and the server is not asked",
      async () => session("replay"),
      (back) => back === first && server.seen().requests === before,
    ),
    await tried(
      "a call that was not recorded",
      async () => session("replay", "y"),
      /has no call page "y" \(path demo\/0, call 0\)\s+found: the nearest of 2: page "x"/,
    ),
  ];
}
