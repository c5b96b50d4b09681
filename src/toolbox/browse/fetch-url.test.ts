import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf } from "../../std/errors.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";
import { type Fetched, fetchUrl } from "./fetch-url.ts";
import { openGuard, type Resolve } from "./guard.ts";
import { endless, openSite, type Pages, redirectsTo, type Site, says } from "./testing/site.ts";

const LIMITS = { maxBytes: 64 * 1024, maxRedirects: 3, userAgent: "test" };
const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024, "<p>"));
const typed = (type: string) => ({ "content-type": type });

const pages: Pages = {
  "/": says("hello"),
  "/gzip": says(gzipSync("hello"), { "content-encoding": "gzip" }),
  "/br": says(brotliCompressSync("hello"), { "content-encoding": "br" }),
  "/cut-gzip": says(gzipSync("hello ".repeat(20_000)).subarray(0, 200), { "content-encoding": "gzip" }),
  "/no-gzip": says("hello", { "content-encoding": "gzip" }),
  "/zstd": says("hello", { "content-encoding": "zstd" }),
  "/bomb": says(BOMB, { "content-encoding": "gzip" }),
  "/endless": endless("x".repeat(4096), typed("text/plain")),
  // Empty blocks of gzip: input without end, output never.
  "/endless-gzip": endless(gzipSync(""), { ...typed("text/plain"), "content-encoding": "gzip" }),
  "/drip": endless("x", typed("text/plain"), 20),
  "/silent": () => undefined,
  "/once": redirectsTo("/?arrived"),
  "/loop": redirectsTo("/loop", 307),
  "/to-file": redirectsTo("file:///etc/passwd"),
  "/to-private": redirectsTo("http://10.0.0.1/", 301),
  "/to-metadata": redirectsTo("//169.254.169.254/latest/meta-data/", 308),
  "/to-user": redirectsTo("http://a:b@example.com/"),
  "/to-nothing": redirectsTo("http://["),
  "/busy": (_, response) => response.writeHead(429, { "retry-after": "7" }).end(),
  "/broken": (_, response) => response.writeHead(503).end(),
  "/forbidden": (_, response) => response.writeHead(403).end(),
  "/reset": (request) => request.socket.destroy(),
  "/reset-late": (request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("hello");
    setTimeout(() => request.socket.destroy(), 20);
  },
  "/big-header": (_, response) => response.writeHead(200, { "x-much": "x".repeat(64 * 1024) }).end("hello"),
};

let site: Site;
beforeAll(async () => {
  site = await openSite(pages);
});
afterAll(async () => site.close());

const guard = openGuard(["127.0.0.1"]);
const open = new AbortController().signal;
const get = async (path: string, signal = open): Promise<Fetched> =>
  fetchUrl(new URL(path, site.origin), guard, LIMITS, signal);
const failure = async (path: string): Promise<unknown> =>
  get(path).then(
    () => null,
    (thrown: unknown) => thrown,
  );

describe("a document by HTTP", () => {
  it.each(["/", "/gzip", "/br"])("%s comes as its bytes", async (path) => {
    const { bytes, cut, contentType } = await get(path);
    expect([bytes.toString(), cut, contentType]).toEqual(["hello", false, "text/html; charset=utf-8"]);
  });

  it("says where its redirects ended", async () => {
    expect((await get("/once")).url.href).toBe(`${site.origin}/?arrived`);
  });

  it("is taken as far as it goes where its compression ends early", async () => {
    expect((await get("/cut-gzip")).bytes.toString()).toMatch(/^hello hello/);
  });
});

describe("limits", () => {
  it("a zip bomb is decompressed up to the limit: 50 MiB are not", async () => {
    expect(BOMB.length).toBeLessThan(LIMITS.maxBytes);
    const { bytes, cut } = await get("/bomb");
    expect([bytes.length, cut]).toEqual([LIMITS.maxBytes, true]);
  });

  it.each(["/endless", "/endless-gzip"])("%s ends at the limit", async (path) => {
    const { bytes, cut } = await get(path);
    expect([bytes.length <= LIMITS.maxBytes, cut]).toEqual([true, true]);
  });

  it.each(["/drip", "/silent"])("%s ends when the signal fires", async (path) => {
    const late = new AbortController();
    setTimeout(() => late.abort(), 200);
    await expect(get(path, late.signal)).rejects.toThrow(/abort/i);
  });

  it("redirects are counted", async () => {
    const before = site.hits.length;
    expect(messageOf(await failure("/loop"))).toBe(`${site.origin}/loop redirects more than 3 times`);
    expect(site.hits.length - before).toBe(4);
  });
});

describe("every hop of a redirect goes through the guard", () => {
  it.each([
    ["/to-file", "browse reads http: and https: only, not file:"],
    ["/to-private", "browse reaches public addresses only: 10.0.0.1 is a private address"],
    ["/to-metadata", "browse reaches public addresses only: 169.254.169.254 is a link-local address"],
    ["/to-user", "browse takes no user name or password in a URL"],
  ])("%s", async (path, message) => {
    expect(messageOf(await failure(path))).toBe(message);
  });

  it("a host is looked up once a hop, and connected to where it was checked", async () => {
    // DNS rebinding: the second answer would be another one.
    const asked: string[] = [];
    const rebinding: Resolve = async (host) => {
      asked.push(host);
      return [{ address: asked.length === 1 ? "127.0.0.1" : "127.0.0.3", family: 4 }];
    };
    const once = openGuard(["127.0.0.1"], rebinding);
    const url = (path: string): URL => new URL(`http://rebinding.example:${site.port}${path}`);
    const { bytes } = await fetchUrl(url("/"), once, LIMITS, open);
    expect([bytes.toString(), asked, site.hits.at(-1)]).toEqual([
      "hello",
      ["rebinding.example"],
      `rebinding.example:${site.port}/`,
    ]);
    // The next hop is checked anew: the host that was public is now another.
    asked.length = 0;
    await expect(fetchUrl(url("/once"), once, LIMITS, open)).rejects.toThrow(
      "browse reaches public addresses only: rebinding.example leads to 127.0.0.3, a loopback address",
    );
  });
});

describe("failures say what happened, and whether another try may help", () => {
  it.each([
    ["/missing", (url: string) => `HTTP 404 Not Found: ${url}`, false],
    ["/forbidden", (url: string) => `HTTP 403 Forbidden: ${url}`, false],
    ["/busy", (url: string) => `HTTP 429 Too Many Requests: ${url}`, true],
    ["/broken", (url: string) => `HTTP 503 Service Unavailable: ${url}`, true],
    ["/reset", () => `127.0.0.1:${site.port} broke the connection`, true],
    ["/reset-late", () => `127.0.0.1:${site.port} broke the connection`, true],
    ["/no-gzip", (url: string) => `the body of ${url} cannot be decompressed`, false],
    ["/big-header", () => `127.0.0.1:${site.port}: Parse Error: Header overflow`, false],
  ])("%s", async (path, message, retryable) => {
    const thrown = await failure(path);
    expect(messageOf(thrown)).toBe(message(site.origin + path));
    expect(thrown).toBeInstanceOf(ToolFailure);
    expect(thrown).toMatchObject({ retryable });
  });

  it("a server that is busy may say how long", async () => {
    expect(await failure("/busy")).toMatchObject({ retryAfterMs: 7000 });
  });

  it("and what is no URL or no known compression", async () => {
    expect(messageOf(await failure("/to-nothing"))).toBe(`${site.origin}/to-nothing redirects to "http://[", no URL`);
    expect(messageOf(await failure("/zstd"))).toBe('it is compressed as "zstd"; browse reads gzip, br and deflate');
    const nobody = new URL("http://127.0.0.1:1/");
    await expect(fetchUrl(nobody, guard, LIMITS, open)).rejects.toMatchObject({
      message: "127.0.0.1:1 takes no connections",
      retryable: true,
    });
  });
});
