import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadModel } from "./download-model.ts";
import type { DownloadProgress } from "./session.ts";
import { failure } from "./testing/failure.ts";
import { COMMIT_A, gitOid, sha256, type StoredFile } from "./testing/hub-server.ts";
import { contentOf, large, MODEL, text, useHub, WEIGHT_BYTES } from "./testing/tiny-repository.ts";

const NAME = "hf://tiny/llama";
const weights = (MODEL["model.safetensors"] as StoredFile).content;

describe("a model's folder", () => {
  const hub = useHub();

  it("holds what is needed and nothing else, in the layout of huggingface_hub", async () => {
    const folder = await downloadModel(NAME, hub.options());
    expect(folder).toBe(join(hub.folder(), "snapshots", COMMIT_A));
    expect(readdirSync(folder).sort()).toEqual([
      "chat_template.jinja",
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(sha256(contentOf(join(folder, "model.safetensors")))).toBe(sha256(weights));
    expect(readlinkSync(join(folder, "model.safetensors"))).toBe(`../../blobs/${sha256(weights)}`);
    expect(readlinkSync(join(folder, "config.json"))).toBe(
      `../../blobs/${gitOid((MODEL["config.json"] as StoredFile).content)}`,
    );
    expect(readFileSync(join(hub.folder(), "refs", "main"), "utf8")).toBe(COMMIT_A);
    expect(hub.blobs().filter((name) => name.includes("."))).toEqual([]);
    expect(hub.notices).toEqual([]);
  });

  it("is fetched once: the second time asks for the listing alone", async () => {
    await downloadModel(NAME, hub.options());
    hub.server.seen.length = 0;
    await downloadModel(NAME, hub.options());
    expect(hub.server.seen.map(({ path }) => path.split("?")[0])).toEqual([
      "/api/models/tiny/llama/revision/main",
      `/api/models/tiny/llama/tree/${COMMIT_A}`,
    ]);
  });

  it("of a commit that is whole in the cache asks nothing", async () => {
    await downloadModel(NAME, hub.options());
    hub.server.seen.length = 0;
    expect(await downloadModel(`${NAME}@${COMMIT_A}`, hub.options())).toContain(COMMIT_A);
    expect(hub.server.seen).toEqual([]);
  });

  it("of another revision: slashes escaped, the ref kept below refs/", async () => {
    hub.server.refs.set("refs/pr/3", COMMIT_A);
    await downloadModel(`${NAME}@refs/pr/3`, hub.options());
    expect(readFileSync(join(hub.folder(), "refs", "refs", "pr", "3"), "utf8")).toBe(COMMIT_A);
  });

  it("in parts: those its index names", async () => {
    const { files } = hub.server;
    files.delete("model.safetensors");
    files.set("model-00001-of-00002.safetensors", large(1000, 2));
    files.set("model-00002-of-00002.safetensors", large(0, 3));
    files.set("consolidated.safetensors", large(1000, 4));
    const map = { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" };
    files.set("model.safetensors.index.json", text(JSON.stringify({ weight_map: map })));
    const folder = await downloadModel(NAME, hub.options());
    expect(readdirSync(folder).filter((name) => name.includes("safetensors"))).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ]);
  });

  it("listed in several pages is found", async () => {
    hub.server.pageSize = 2;
    await downloadModel(NAME, hub.options());
    expect(hub.server.seen.filter(({ path }) => path.includes("/tree/"))).toHaveLength(5);
  });

  it("reports its progress: files in order, bytes up to the size", async () => {
    const reports: DownloadProgress[] = [];
    await downloadModel(NAME, hub.options({ onProgress: (report) => reports.push(report) }));
    const last = reports.at(-1);
    expect(last).toMatchObject({ file: "model.safetensors", bytes: WEIGHT_BYTES, total: WEIGHT_BYTES });
    expect(reports.filter(({ bytes, total }) => bytes === total).map(({ file }) => file)).toContain("config.json");
    expect(last?.bytesPerSecond).toBeGreaterThan(0);
  });

  it("comes with the token, which the host of large files does not get", async () => {
    await downloadModel(NAME, hub.options({ token: "hf_secret" }));
    const { seen } = hub.server;
    expect(seen.filter(({ host }) => host === "cdn").map(({ authorization }) => authorization)).toEqual([null]);
    expect(new Set(seen.filter(({ host }) => host === "hub").map(({ authorization }) => authorization))).toEqual(
      new Set(["Bearer hf_secret"]),
    );
  });

  it("stops at once when the signal fires, and keeps what it has", async () => {
    const controller = new AbortController();
    const stop = new Error("stopped");
    hub.server.fault = (_request, response, host) => {
      if (host !== "cdn") return false;
      response.writeHead(200, { "Content-Length": WEIGHT_BYTES });
      response.write(weights.subarray(0, 300_000));
      return true;
    };
    const onProgress = ({ bytes }: DownloadProgress): void => {
      if (bytes >= 200_000) controller.abort(stop);
    };
    const clock = { nowMs: () => performance.now() * 1000, timestamp: () => "" };
    const download = downloadModel(NAME, hub.options({ signal: controller.signal, onProgress, clock }));
    await expect(download).rejects.toBe(stop);
    const partial = `${sha256(weights)}.free.incomplete`;
    expect(hub.blobs()).toContain(partial);
    expect(lstatSync(join(hub.folder(), "blobs", partial)).size).toBeGreaterThanOrEqual(200_000);
  });
});

describe("a GGUF file", () => {
  const hub = useHub({ "q4/tiny-Q4_0.gguf": large(500), "tiny-F16.gguf": large(700) });

  it("is fetched alone, by its path", async () => {
    const path = await downloadModel(`${NAME}/q4/tiny-Q4_0.gguf`, hub.options());
    expect(path).toBe(join(hub.folder(), "snapshots", COMMIT_A, "q4", "tiny-Q4_0.gguf"));
    expect(contentOf(path)).toHaveLength(500);
    expect(readlinkSync(path)).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(hub.blobs()).toHaveLength(1);
  });

  it("must be named where there are only such files", async () => {
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      "hf://tiny/llama holds GGUF files: say which one\n  found: q4/tiny-Q4_0.gguf, tiny-F16.gguf\n  to fix: name it, e.g. hf://tiny/llama/q4/tiny-Q4_0.gguf",
    );
  });

  it("that is not there: those that are", async () => {
    expect(await failure(downloadModel(`${NAME}/tiny.gguf`, hub.options()))).toBe(
      'hf://tiny/llama has no file "tiny.gguf"\n  found: q4/tiny-Q4_0.gguf, tiny-F16.gguf\n  to fix: name one of these, or leave the file out for the model\'s folder',
    );
  });
});

describe("a repository without what is needed", () => {
  const hub = useHub();

  it("has weights only as pickles", async () => {
    hub.server.files.delete("model.safetensors");
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      "hf://tiny/llama has no weights as safetensors\n  found: onnx/model.onnx, pytorch_model.bin\n  to fix: choose a repository or revision with safetensors, or convert it (https://huggingface.co/spaces/safetensors/convert)",
    );
    expect(existsSync(hub.folder())).toBe(false);
  });

  it("has no config.json", async () => {
    hub.server.files.delete("config.json");
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(
      /^hf:\/\/tiny\/llama is not a language model's folder: it has no config\.json\n {2}found: README\.md, chat_template/,
    );
  });

  it("has an index that names a file elsewhere", async () => {
    hub.server.files.delete("model.safetensors");
    hub.server.files.set(
      "model.safetensors.index.json",
      text('{"weight_map":{"a":"../../../etc/passwd.safetensors"}}'),
    );
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      'model.safetensors.index.json of hf://tiny/llama names "../../../etc/passwd.safetensors"\n  expected: safetensors files of the repository\n  found: none',
    );
  });
});

describe("without the Hub", () => {
  const hub = useHub();

  it("offline uses the cache alone", async () => {
    const folder = await downloadModel(NAME, hub.options());
    hub.server.seen.length = 0;
    expect(await downloadModel(NAME, hub.options({ offline: true }))).toBe(folder);
    expect(hub.server.seen).toEqual([]);
  });

  it("offline says what is not there", async () => {
    expect(await failure(downloadModel(NAME, hub.options({ offline: true })))).toBe(
      `hf://tiny/llama is not in the cache, and HF_HUB_OFFLINE forbids to fetch it\n  expected: ${hub.folder()}\n  to fix: without HF_HUB_OFFLINE: aepo download hf://tiny/llama`,
    );
  });

  it("offline says what is missing of a model in parts", async () => {
    const snapshot = join(hub.folder(), "snapshots", COMMIT_A);
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(hub.folder(), "refs"));
    writeFileSync(join(hub.folder(), "refs", "main"), COMMIT_A);
    writeFileSync(join(snapshot, "config.json"), "{}");
    writeFileSync(join(snapshot, "m-1.safetensors"), "");
    writeFileSync(
      join(snapshot, "model.safetensors.index.json"),
      '{"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}',
    );
    expect(await failure(downloadModel(NAME, hub.options({ offline: true })))).toBe(
      "hf://tiny/llama is in the cache in part, and HF_HUB_OFFLINE forbids to fetch the rest\n  expected: m-2.safetensors\n  found: config.json, m-1.safetensors, model.safetensors.index.json\n  to fix: without HF_HUB_OFFLINE: aepo download hf://tiny/llama",
    );
  });

  it("a Hub that cannot be reached: the cache stands in, and says so", async () => {
    const folder = await downloadModel(NAME, hub.options());
    const { host } = new URL(hub.server.url);
    await hub.server.close();
    expect(await downloadModel(NAME, hub.options())).toBe(folder);
    expect(hub.waits).toEqual([500, 1000, 2000, 4000]);
    expect(hub.notices.at(-1)).toBe(
      `cannot reach ${host}: ECONNREFUSED (5 tries): using hf://tiny/llama from the cache, as it last was`,
    );
  });

  it("a Hub that cannot be reached and an empty cache", async () => {
    const { host } = new URL(hub.server.url);
    await hub.server.close();
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      `cannot reach ${host}: ECONNREFUSED (5 tries)\n  to fix: check the network and HF_ENDPOINT, and try again: what is downloaded stays; HF_HUB_OFFLINE=1 uses the cache alone`,
    );
  });
});
