import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadModel } from "./download-model.ts";
import { type Fault, sha256, type StoredFile } from "./testing/hub-server.ts";
import { contentOf, large, MODEL, useHub, WEIGHT_BYTES } from "./testing/tiny-repository.ts";

const NAME = "hf://tiny/llama";
const weights = (MODEL["model.safetensors"] as StoredFile).content;
const oid = sha256(weights);
const hub = useHub();

/** The checksum of the weights that came. */
async function downloaded(): Promise<string> {
  return sha256(contentOf(join(await downloadModel(NAME, hub.options()), "model.safetensors")));
}

const ranges = (): (string | null)[] => hub.server.seen.filter(({ host }) => host === "cdn").map(({ range }) => range);

/** Writes what an earlier process left of the weights. */
function leave(content: Uint8Array, owner = "free"): void {
  mkdirSync(join(hub.folder(), "blobs"), { recursive: true });
  writeFileSync(join(hub.folder(), "blobs", `${oid}.${owner}.incomplete`), content);
}

/** The first `times` requests for the weights are answered by `answer`. */
function first(times: number, answer: Fault): Fault {
  let left = times;
  return (request, response, host) => host === "cdn" && left-- > 0 && answer(request, response, host);
}

describe("a transfer", () => {
  it("goes on where a dropped connection ended", async () => {
    hub.server.fault = first(1, (_request, response) => {
      response.writeHead(200, { "Content-Length": WEIGHT_BYTES });
      response.write(weights.subarray(0, 300_000), () => setTimeout(() => response.destroy(), 50));
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(ranges()[0]).toBeNull();
    const from = Number(/^bytes=(\d+)-$/.exec(ranges()[1] ?? "")?.[1]);
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThanOrEqual(300_000);
    expect(hub.waits).toEqual([500]);
  });

  it("goes on with what an earlier process left", async () => {
    leave(weights.subarray(0, 123_456));
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=123456-"]);
    expect(hub.blobs().filter((name) => name.endsWith(".incomplete"))).toEqual([]);
  });

  it("goes on with what a process left that was killed", async () => {
    const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
    leave(weights.subarray(0, 1000), `${host}-4194305-00000000`);
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=1000-"]);
  });

  it("asks nothing for what an earlier process left whole", async () => {
    leave(weights);
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual([]);
  });

  it("starts over where what was left does not fit", async () => {
    leave(new Uint8Array(5000));
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=5000-", null]);
    expect(hub.notices).toEqual([
      "model.safetensors: what was left of an earlier download does not fit, starting over",
    ]);
  });

  it("starts over where the server ignores Range", async () => {
    leave(weights.subarray(0, 1000));
    hub.server.fault = first(1, (_request, response) => {
      response.writeHead(200, { "Content-Length": WEIGHT_BYTES }).end(weights);
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=1000-"]);
  });

  it("starts over where the server says it is other content now", async () => {
    leave(weights.subarray(0, 1000));
    let asked = 0;
    hub.server.fault = (request, response, host) => {
      if (host === "cdn" || request.url?.endsWith("model.safetensors") !== true || asked++ > 0) return false;
      const headers = { "X-Linked-ETag": `"${"0".repeat(64)}"`, Location: `${hub.server.cdnUrl}/model.safetensors` };
      response.writeHead(302, headers).end();
      return true;
    };
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=1000-", null]);
  });

  it("starts over where the rest has another range, or none (416)", async () => {
    leave(weights.subarray(0, 1000));
    hub.server.fault = first(1, (_request, response) => {
      response
        .writeHead(206, { "Content-Range": `bytes 900-${WEIGHT_BYTES - 1}/${WEIGHT_BYTES}` })
        .end(weights.subarray(900));
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=1000-", null]);
  });

  it("starts over after 416", async () => {
    leave(weights.subarray(0, 1000));
    hub.server.fault = first(1, (_request, response) => {
      response.writeHead(416).end();
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toEqual(["bytes=1000-", null]);
  });

  it("waits as long as 429 says", async () => {
    hub.server.fault = first(2, (_request, response) => {
      response.writeHead(429, { "Retry-After": "7" }).end();
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(hub.waits).toEqual([7000, 7000]);
    expect(hub.notices[0]).toMatch(/^127\.0\.0\.1:\d+: status 429; next try in 7 s$/);
  });

  it("does not wait for hours", async () => {
    hub.server.fault = (_request, response) => {
      response.writeHead(429, { "Retry-After": "86400" }).end();
      return true;
    };
    await expect(downloaded()).rejects.toThrow(
      "asks to wait 86400 s before the next request\n  to fix: try again then: what is downloaded stays; with a token (HF_TOKEN) the limits are higher",
    );
    expect(hub.waits).toEqual([]);
  });

  it("tries again after 500 and 503, and gives up after five tries", async () => {
    hub.server.fault = first(3, (_request, response) => {
      response.writeHead(503).end();
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(hub.waits).toEqual([500, 1000, 2000]);
  });

  it("gives up after five tries without a byte", async () => {
    hub.server.fault = (_request, response) => {
      response.writeHead(500).end();
      return true;
    };
    await expect(downloaded()).rejects.toThrow(/^cannot reach 127\.0\.0\.1:\d+: status 500 \(5 tries\)\n/);
    expect(hub.waits).toEqual([500, 1000, 2000, 4000]);
  });

  it("counts no tries while bytes arrive", async () => {
    hub.server.fault = first(8, (request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? "0")?.[0]);
      const range = `bytes ${from}-${WEIGHT_BYTES - 1}/${WEIGHT_BYTES}`;
      response.writeHead(from === 0 ? 200 : 206, { "Content-Range": range });
      response.write(weights.subarray(from, from + 1000), () => setTimeout(() => response.destroy(), 20));
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(ranges()).toHaveLength(9);
    expect(new Set(hub.waits)).toEqual(new Set([500]));
  });

  it("gives up a connection that is silent", async () => {
    hub.server.fault = first(1, (_request, response) => {
      response.writeHead(200, { "Content-Length": WEIGHT_BYTES });
      response.write(weights.subarray(0, 1000));
      return true;
    });
    await downloadModel(NAME, hub.options({ stallMs: 200 }));
    expect(hub.notices).toEqual([expect.stringMatching(/: no byte for 0\.2 s; next try in 0\.5 s$/)]);
    expect(ranges()).toEqual([null, "bytes=1000-"]);
  });

  it("refuses content with the wrong checksum", async () => {
    const wrong = large(WEIGHT_BYTES, 9).content;
    hub.server.fault = first(1, (_request, response) => {
      response.end(wrong);
      return true;
    });
    await expect(downloaded()).rejects.toThrow(
      `model.safetensors of hf://tiny/llama is damaged: its checksum is wrong\n  expected: ${oid}\n  found: ${sha256(wrong)}\n  to fix: try again; if it stays so, HF_ENDPOINT or a proxy gives another file`,
    );
    expect(hub.blobs()).not.toContain(oid);
  });

  it("refuses a small file with the wrong checksum", async () => {
    hub.server.fault = (request, response) => {
      if (request.url?.endsWith("/config.json") !== true) return false;
      response.end('{"model_type":"LLAMA"}');
      return true;
    };
    await expect(downloaded()).rejects.toThrow("config.json of hf://tiny/llama is damaged: its checksum is wrong");
  });

  it("stops reading what is longer than listed", async () => {
    hub.server.fault = first(1, (_request, response) => {
      response.write(weights);
      response.end(weights);
      return true;
    });
    await expect(downloaded()).rejects.toThrow(
      `model.safetensors of hf://tiny/llama is longer than the Hub lists it\n  expected: ${WEIGHT_BYTES} bytes`,
    );
  });

  it("repairs a blob that is cut short", async () => {
    await downloaded();
    writeFileSync(join(hub.folder(), "blobs", oid), weights.subarray(0, 10));
    expect(await downloaded()).toBe(oid);
  });

  it("gets a new link where a signed one has expired", async () => {
    hub.server.fault = first(1, (_request, response) => {
      response.writeHead(403).end("expired");
      return true;
    });
    expect(await downloaded()).toBe(oid);
    expect(hub.waits).toEqual([500]);
  });

  it("is done once by two that want the same file at once", async () => {
    const options = (): ReturnType<typeof hub.options> => ({
      ...hub.options(),
      wait: async () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    const folders = await Promise.all([1, 2, 3].map(async () => downloadModel(NAME, options())));
    for (const folder of folders) expect(readFileSync(join(folder, "model.safetensors")).equals(weights)).toBe(true);
    expect(ranges()).toEqual([null]);
    expect(hub.blobs().filter((name) => name.includes("."))).toEqual([]);
  });
});
