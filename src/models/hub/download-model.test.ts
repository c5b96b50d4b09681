import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadModel } from "./download-model.ts";
import type { DownloadProgress } from "./session.ts";
import { COMMIT_A, entryOf, gitOid, refuse, sha256, type StoredFile } from "./testing/hub-server.ts";
import { contentOf, large, MODEL, text, useHub, WEIGHT_BYTES } from "./testing/tiny-repository.ts";

const NAME = "hf://tiny/llama";
const weights = (MODEL["model.safetensors"] as StoredFile).content;

async function failure(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    (value) => new Error(`no error, but ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  return (thrown as Error).message;
}

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

describe("hostile answers are refused before anything is written", () => {
  const hub = useHub();
  const names = [
    "../../evil.safetensors",
    "/etc/cron.d/evil",
    "a/../../b",
    "C:\\evil",
    "\\\\host\\share",
    "x\u0000y",
    "a//b",
    "./c",
  ];

  it.each(names)("a file named %j", async (path) => {
    hub.server.listing.set(path, entryOf(path, large(10)));
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      `hf://tiny/llama holds a file named ${JSON.stringify(path)}\n  expected: names that stay inside the repository's folder\n  to fix: nothing was written; tell the owner of the repository`,
    );
    expect(existsSync(hub.folder())).toBe(false);
  });

  it("a checksum that is a path", async () => {
    hub.server.listing.set("config.json", { type: "file", path: "config.json", size: 1, oid: "../../x" });
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(
      /lists hf:\/\/tiny\/llama in a way that cannot be read: config\.json without a size and a checksum\n/,
    );
  });

  it("a commit that is a path", async () => {
    hub.server.refs.set("main", "../../../x");
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(/cannot be read: no commit\n/);
  });

  it("a size beyond the free disk", async () => {
    const { oid } = { oid: "1".repeat(64) };
    const entry = { type: "file", path: "model.safetensors", size: 8e15, lfs: { oid, size: 8e15, pointerSize: 1 } };
    hub.server.listing.set("model.safetensors", entry);
    expect(await failure(downloadModel(NAME, hub.options({ freeBytes: async () => 5e9 })))).toBe(
      `the download does not fit on the disk of ${hub.cache}\n  expected: 8000000.00 GB free\n  found: 5.00 GB\n  to fix: free some space, or set HF_HOME to a folder on another disk`,
    );
    expect(hub.blobs()).toEqual([]);
  });

  it("a size that is no size", async () => {
    hub.server.listing.set("config.json", { type: "file", path: "config.json", size: -5, oid: "1".repeat(40) });
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(/config\.json without a size and a checksum/);
  });

  it("a page that is no list", async () => {
    hub.server.fault = (request, response) => {
      if (request.url?.includes("/tree/") !== true) return false;
      response.end("<html>");
      return true;
    };
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(
      /^127\.0\.0\.1:\d+ lists hf:\/\/tiny\/llama in a way that cannot be read: Unexpected token/,
    );
  });

  it("pages without end", async () => {
    hub.server.fault = (request, response) => {
      if (request.url?.includes("/tree/") !== true) return false;
      response.setHeader("Link", `<${hub.server.url}${request.url}>; rel="next"`).end("[]");
      return true;
    };
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(/cannot be read: more than 1000 pages\n/);
  });

  it("a link in the cache that leads out of it", async () => {
    const outside = join(hub.cache, "outside");
    mkdirSync(outside);
    mkdirSync(hub.folder());
    symlinkSync(outside, join(hub.folder(), "snapshots"));
    expect(await failure(downloadModel(NAME, hub.options()))).toBe(
      `${join(hub.folder(), "snapshots")} leads out of the cache\n  found: a link to ${outside}\n  to fix: remove it, or the whole of ${hub.folder()}`,
    );
    expect(readdirSync(outside)).toEqual([]);
  });

  it("a link from https to http, another scheme, or in circles", async () => {
    hub.server.fault = (request, response) => {
      if (request.url?.includes("model.safetensors") !== true) return false;
      response.writeHead(302, { Location: "file:///etc/passwd" }).end();
      return true;
    };
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(
      /^127\.0\.0\.1:\d+ redirects to "file:\/\/\/etc\/passwd"\n {2}expected: an address by http or https$/,
    );
    hub.server.fault = (request, response) => {
      response.writeHead(302, { Location: request.url ?? "" }).end();
      return true;
    };
    expect(await failure(downloadModel(NAME, hub.options()))).toMatch(
      /^127\.0\.0\.1:\d+ redirects more than 10 times\n/,
    );
  });
});

describe("refusals of the Hub", () => {
  const hub = useHub();
  const refusing = (status: number, code: string, message = "no"): void => {
    hub.server.fault = (_request, response) => {
      refuse(response, status, code, message);
      return true;
    };
  };

  it.each([
    [
      401,
      "GatedRepo",
      null,
      "hf://tiny/llama is gated: its owner wants a licence accepted first\n  found: no\n  to fix: accept it at HUB/tiny/llama, make a token (HUB/settings/tokens) and set HF_TOKEN",
    ],
    [
      403,
      "GatedRepo",
      "hf_x",
      "hf://tiny/llama is gated: its owner wants a licence accepted first\n  found: no\n  to fix: accept it at HUB/tiny/llama, with the account that HF_TOKEN belongs to",
    ],
    [
      401,
      "",
      null,
      "the Hub shows no hf://tiny/llama without a token\n  found: no\n  to fix: check the name; if it is private or gated, set HF_TOKEN",
    ],
    [
      401,
      "",
      "hf_x",
      "the Hub does not accept the token in HF_TOKEN\n  found: no\n  to fix: make another at HUB/settings/tokens",
    ],
    [
      403,
      "",
      "hf_x",
      "hf://tiny/llama may not be read with the token in HF_TOKEN\n  found: no\n  to fix: ask for access at HUB/tiny/llama",
    ],
    [
      404,
      "RepoNotFound",
      null,
      "there is no hf://tiny/llama on HOST\n  found: no\n  to fix: check owner, name and revision",
    ],
    [418, "", null, "the Hub answers 418 for hf://tiny/llama\n  found: no\n  to fix: try again later"],
  ])("%i %s with token %s", async (status, code, token, message) => {
    refusing(status, code);
    const expected = message.replaceAll("HUB", hub.server.url).replace("HOST", new URL(hub.server.url).host);
    expect(await failure(downloadModel(NAME, hub.options({ token })))).toBe(expected);
    expect(hub.waits).toEqual([]);
  });

  it("404 of a revision", async () => {
    expect(await failure(downloadModel(`${NAME}@nope`, hub.options()))).toBe(
      `hf://tiny/llama has no revision "nope"\n  found: Invalid rev id: nope\n  to fix: see its branches and tags at ${hub.server.url}/tiny/llama/tree/main`,
    );
  });

  it("says nothing of control characters that a server sends", async () => {
    refusing(404, "", "\u001b[2Jgone");
    expect(await failure(downloadModel(NAME, hub.options()))).toContain("found:  [2Jgone\n");
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
