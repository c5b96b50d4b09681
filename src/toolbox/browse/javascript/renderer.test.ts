import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf } from "../../../std/errors.ts";
import type { OpenTool } from "../../open-tool.ts";
import { openBrowseTool } from "../open-browse-tool.ts";
import { endless, openSite, redirectsTo, type Site, says } from "../testing/site.ts";
import { findChromium } from "./find-chromium.ts";

const chromium = ((): string | null => {
  try {
    return findChromium(undefined);
  } catch {
    return null;
  }
})();
if (chromium === null) console.warn("skipped: no Chromium");

const script = (code: string): string =>
  `<html><head><title>App</title></head><body><div id="root"></div><script>
   const say = (text) => { document.getElementById("root").textContent += text + "\\n"; };
   ${code}</script></body></html>`;
const tried = (url: string): string =>
  `fetch(${JSON.stringify(url)}, { mode: "no-cors" }).then(() => say("REACHED"), () => say("not reached"));`;

describe.skipIf(chromium === null)("JavaScript pages in Chromium", () => {
  /** 127.0.0.2: loopback that is on no allow list. */
  let secret: { readonly port: number; readonly hits: () => number; close(): void };
  let site: Site;
  let open: OpenTool;

  beforeAll(async () => {
    let hits = 0;
    const server = createServer((socket) => {
      hits += 1;
      socket.end("HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 6\r\n\r\nSECRET");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
    const { port } = server.address() as { port: number };
    secret = { port, hits: () => hits, close: () => server.close() };
    const inside = `http://127.0.0.2:${port}/`;
    site = await openSite({
      "/app": says(script('say("made by a script"); fetch("/data").then((r) => r.text()).then(say);')),
      "/data": says("from the server", { "content-type": "text/plain" }),
      "/plain": says(
        `<html><body><p>${"Enough without scripts. ".repeat(20)}</p><script>say = 1; document.body.textContent = "changed"</script></body></html>`,
      ),
      "/inside": says(
        script(tried(inside) + tried(`http://localhost:${port}/`) + tried(`http://[::ffff:127.0.0.2]:${port}/`)),
      ),
      "/hop": redirectsTo(inside),
      "/inside-by-hop": says(script(tried("/hop"))),
      "/frame": says(
        script(
          `document.body.innerHTML += '<iframe src="${inside}"></iframe><img src="${inside}i.png"><link rel="preconnect" href="${inside}"><link rel="stylesheet" href="${inside}s.css">'; say("done")`,
        ),
      ),
      "/leave": says(script(`location.href = ${JSON.stringify(inside)};`)),
      "/file": says(
        script(
          `fetch("file:///etc/passwd").then((r) => r.text()).then(say, () => say("no file")); location.href = "file:///etc/passwd";`,
        ),
      ),
      "/socket": says(
        script(
          `const s = new WebSocket("ws://127.0.0.2:${port}/"); s.onopen = () => say("OPEN"); s.onclose = () => say("closed");`,
        ),
      ),
      "/rtc": says(
        script(`const c = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.2:${port}" }, { urls: "turn:127.0.0.2:${port}?transport=tcp", username: "a", credential: "b" }] });
        c.createDataChannel("x"); c.createOffer().then((o) => c.setLocalDescription(o)); c.onicecandidate = (e) => say(e.candidate ? "CANDIDATE " + e.candidate.candidate : "end"); setTimeout(() => say("waited"), 1500);`),
      ),
      "/worker": says(
        script(
          `navigator.serviceWorker.register("/sw.js").then(() => say("REGISTERED"), () => say("no worker")); setTimeout(() => say("waited"), 1000);`,
        ),
      ),
      "/sw.js": says("self.addEventListener('fetch', () => undefined)", { "content-type": "text/javascript" }),
      "/popup": says(script(`window.open(${JSON.stringify(inside)}); say("opened")`)),
      "/tampered": says(
        script(
          `say("x".repeat(300)); Object.defineProperty(Element.prototype, "outerHTML", { get: () => "TAMPERED" }); String.prototype.slice = () => "TAMPERED";`,
        ),
      ),
      "/grows": says(script(`say("grown ".repeat(500_000))`)),
      "/busy": says(script("say('before'); setTimeout(() => { for (;;); }, 0);")),
      "/dialog": says(script(`alert("stop"); say("after the dialog")`)),
      "/stream": says(script(`fetch("/endless").then((r) => r.text()).then(say, () => say("cut")); say("started")`)),
      "/endless": endless("x".repeat(65_536), { "content-type": "text/plain" }),
    });
    open = await openBrowseTool({
      allow: ["127.0.0.1"],
      javascript: "when-needed",
      sandbox: false,
      timeoutMs: 30_000,
      maxBytes: 1024 * 1024,
    });
  }, 120_000);
  afterAll(async () => {
    await open?.close();
    await site?.close();
    secret?.close();
  });

  const read = async (path: string): Promise<string> => {
    const signal = new AbortController().signal;
    const [browse] = open.tools;
    const text = await Promise.resolve(
      browse?.execute({ url: site.origin + path }, { state: undefined, call: 0, signal }),
    ).then(String, messageOf);
    return text.replace(`# App\n${site.origin}${path}\n\n`, "").replaceAll(/\s+/g, " ");
  };

  it("says what the scripts made of the page", async () => {
    expect(await read("/app")).toBe("made by a script from the server");
  });

  it("runs only pages that need it", async () => {
    expect(await read("/plain")).toMatch(/Enough without scripts\.$/);
  });

  it.each([
    ["/inside", "not reached not reached not reached"],
    ["/inside-by-hop", "not reached"],
    ["/frame", /^done/],
    ["/leave", /^the scripts of .*\/leave left it for chrome-error:|^\[no text\]$|could not load|HTTP ERROR/],
    ["/file", /no file|^\[no text\]$/],
    ["/socket", "closed"],
    ["/popup", "opened"],
  ])("a page reaches nothing that browse may not reach: %s", async (path, expected) => {
    const before = secret.hits();
    const text = await read(path);
    if (typeof expected === "string") expect(text).toBe(expected);
    else expect(text).toMatch(expected);
    expect(text).not.toMatch(/SECRET|REACHED|root:/);
    expect(secret.hits()).toBe(before);
  });

  it("starts no service worker", async () => {
    await read("/worker");
    expect(site.hits).toContain(`127.0.0.1:${site.port}/worker`);
    expect(site.hits).not.toContain(`127.0.0.1:${site.port}/sw.js`);
  });

  it("WebRTC finds no address and no way out", async () => {
    const before = secret.hits();
    expect(await read("/rtc")).not.toContain("CANDIDATE");
    expect(secret.hits()).toBe(before);
  });

  it("cannot change what reading means, and is read up to the limit", async () => {
    expect(await read("/tampered")).toMatch(/^x+$/);
    expect(await read("/grows")).toMatch(/^(grown )+\[page 1 of \d+; the next is page 2\]$/);
  });

  it("a dialog and an endless stream do not hold it", async () => {
    expect(await read("/dialog")).toBe("after the dialog");
    expect(await read("/stream")).toMatch(/^started/);
  });

  it("a page that computes for ever is given up, and the next one works", async () => {
    const hasty = await openBrowseTool({
      allow: ["127.0.0.1"],
      javascript: "always",
      sandbox: false,
      timeoutMs: 20_000,
    });
    const [browse] = hasty.tools;
    const call = async (path: string): Promise<string> =>
      Promise.resolve(
        browse?.execute(
          { url: site.origin + path },
          { state: undefined, call: 0, signal: new AbortController().signal },
        ),
      ).then(String, messageOf);
    expect(await call("/busy")).toBe(`${site.origin}/busy was not read within 20000 ms`);
    expect(await call("/app")).toContain("made by a script");
    await hasty.close();
  });
});

describe("without Chromium", () => {
  it("says what to do", () => {
    expect(() => findChromium(undefined, "/nowhere")).toThrow(
      "browse runs JavaScript pages in Chromium, and there is none\n" +
        "  expected: one of chromium, chromium-browser, google-chrome, google-chrome-stable in PATH\n" +
        "  to fix: install Chromium (apt install chromium), give its path as browse.executablePath, or set browse.javascript: never",
    );
  });

  it("a program that is no Chromium is an error when it is opened", async () => {
    await expect(openBrowseTool({ javascript: "always", executablePath: "/bin/false" })).rejects.toThrow(
      /^Chromium \(\/bin\/false\) does not start: /,
    );
  });
});
