import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadDataset } from "./download-dataset.ts";
import { parseDatasetSpec } from "./spec.ts";
import { failure } from "./testing/failure.ts";
import { COMMIT_A } from "./testing/hub-server.ts";
import { large, text, useHub } from "./testing/tiny-repository.ts";

const FILES = {
  "README.md": text("# Tiny"),
  "main/train-00000-of-00002.jsonl": text('{"a":1}\n'),
  "main/train-00001-of-00002.jsonl": large(300_000),
  "main/test-00000-of-00001.jsonl": text('{"a":3}\n'),
  "socratic/test.jsonl": text('{"a":4}\n'),
};
const NAME = "hf://datasets/tiny/llama";
const isData = (path: string): boolean => path.endsWith(".jsonl");

describe("a data set of the Hub", () => {
  const hub = useHub(FILES, "dataset");
  const fetched = async (name: string, more = {}): Promise<readonly string[]> => {
    const { paths } = await downloadDataset(name, isData, hub.options(more));
    return paths.map((path) => path.slice(join(hub.folder(), "snapshots", COMMIT_A).length + 1));
  };

  it.each([
    ["/socratic/test.jsonl", ["socratic/test.jsonl"]],
    ["/main/train-*", ["main/train-00000-of-00002.jsonl", "main/train-00001-of-00002.jsonl"]],
    ["/**/test*.jsonl", ["main/test-00000-of-00001.jsonl", "socratic/test.jsonl"]],
    ["/main/train-00000-of-00002.jsonl", ["main/train-00000-of-00002.jsonl"]],
    ["@main/socratic/test.jsonl", ["socratic/test.jsonl"]],
  ])("%s: what is named and nothing else, in the layout of huggingface_hub", async (path, files) => {
    expect(await fetched(`${NAME}${path}`)).toEqual(files);
    expect(hub.blobs()).toHaveLength(files.length);
    expect(hub.folder()).toMatch(/datasets--tiny--llama$/);
    expect(hub.server.seen[0]?.path).toMatch(/^\/api\/datasets\/tiny\/llama\/revision\/main/);
    expect(hub.server.seen.at(-1)?.path ?? "").not.toContain("README");
  });

  it("is named by repository and path, and comes with the token", async () => {
    const found = await downloadDataset(`${NAME}/socratic/test.jsonl`, isData, hub.options({ token: "hf_secret" }));
    expect(found.name).toBe("tiny/llama/socratic/test.jsonl");
    expect(readFileSync(found.paths[0] ?? "", "utf8")).toBe('{"a":4}\n');
    expect(new Set(hub.server.seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]));
  });

  it("is fetched once, and offline from the cache alone", async () => {
    await fetched(`${NAME}/main/train-*`);
    hub.server.seen.length = 0;
    await fetched(`${NAME}/main/train-*`);
    expect(hub.server.seen.filter(({ path }) => path.includes("/resolve/"))).toEqual([]);
    hub.server.seen.length = 0;
    expect(await fetched(`${NAME}/main/train-*`, { offline: true })).toHaveLength(2);
    expect(await fetched(`${NAME}@${COMMIT_A}/main/train-*`)).toHaveLength(2);
    expect(hub.server.seen).toEqual([]);
  });

  it("offline and not whole in the cache says how to get it", async () => {
    const message = `${NAME}/main/train-* is not whole in the cache, and HF_HUB_OFFLINE forbids to fetch it\n  expected: ${hub.folder()}\n  to fix: without HF_HUB_OFFLINE: aepo download ${NAME}/main/train-*`;
    expect(await failure(downloadDataset(`${NAME}/main/train-*`, isData, hub.options({ offline: true })))).toBe(
      message,
    );
    // A part of it is not all of it.
    await fetched(`${NAME}/main/train-00000-of-00002.jsonl`);
    expect(await failure(downloadDataset(`${NAME}/main/train-*`, isData, hub.options({ offline: true })))).toBe(
      message,
    );
  });

  it("comes from the cache while the Hub cannot be reached, and says so", async () => {
    await fetched(`${NAME}/socratic/test.jsonl`);
    await hub.server.close();
    expect(await fetched(`${NAME}/socratic/test.jsonl`)).toEqual(["socratic/test.jsonl"]);
    expect(hub.notices.at(-1)).toMatch(/using hf:\/\/datasets\/tiny\/llama\/socratic\/test\.jsonl from the cache/);
  });

  it("goes on where a broken download ended", async () => {
    let broken = false;
    hub.server.fault = (request, response, host) => {
      if (host !== "cdn" || broken) return false;
      broken = true;
      response.writeHead(200, { "Content-Length": 300_000 });
      response.write(hub.server.files.get("main/train-00001-of-00002.jsonl")?.content.subarray(0, 100_000));
      setTimeout(() => request.socket.destroy(), 200);
      return true;
    };
    expect(await fetched(`${NAME}/main/train-*`)).toHaveLength(2);
    expect(hub.server.seen.filter(({ host }) => host === "cdn").map(({ range }) => range)).toEqual([
      null,
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });

  it.each([
    [
      "",
      `${NAME} holds several data files: say which\n  found: main/test-00000-of-00001.jsonl, main/train-00000-of-00002.jsonl, main/train-00001-of-00002.jsonl, socratic/test.jsonl\n  to fix: name one, or a pattern, e.g. ${NAME}/main/test-*`,
    ],
    [
      "/main/valid.jsonl",
      `${NAME} has no data file "main/valid.jsonl"\n  expected: JSON lines, JSON, CSV or Parquet\n  found: main/test-00000-of-00001.jsonl, main/train-00000-of-00002.jsonl, main/train-00001-of-00002.jsonl, socratic/test.jsonl\n  to fix: name one of these`,
    ],
  ])("%j is refused", async (path, message) => {
    expect(await failure(downloadDataset(`${NAME}${path}`, isData, hub.options()))).toBe(message);
  });

  it("that lacks a part, or has no data, is refused", async () => {
    hub.server.files.delete("main/train-00000-of-00002.jsonl");
    expect(await failure(downloadDataset(`${NAME}/main/train-*`, isData, hub.options()))).toBe(
      `${NAME} lacks main/train-00000-of-00002.jsonl, a part of main/train\n  found: main/train-00001-of-00002.jsonl`,
    );
    for (const path of Object.keys(FILES)) if (path !== "README.md") hub.server.files.delete(path);
    expect(await failure(downloadDataset(NAME, isData, hub.options()))).toBe(
      `${NAME} has no data files\n  expected: JSON lines, JSON, CSV or Parquet\n  found: README.md`,
    );
  });

  it("that is not there, or gated, is refused as models are", async () => {
    expect(await failure(downloadDataset("hf://datasets/tiny/none", isData, hub.options()))).toMatch(
      /^the Hub shows no hf:\/\/datasets\/tiny\/none|^there is no hf:\/\/datasets\/tiny\/none on 127\.0\.0\.1/,
    );
  });
});

describe("the name of a data set of the Hub", () => {
  it("is read with revision and path", () => {
    expect(parseDatasetSpec("hf://datasets/a/b@refs/convert/parquet/main/test/0000.parquet")).toEqual({
      type: "dataset",
      repository: "a/b",
      revision: "refs/convert/parquet",
      file: "main/test/0000.parquet",
    });
  });

  it.each(["hf://datasets/a", "hf://datasets/../b", "hf://a/b", "hf://datasets/a/b@x@y"])("%j is none", (name) => {
    expect(() => parseDatasetSpec(name)).toThrow(
      `${JSON.stringify(name)} does not name a data set of the Hub\n  expected: hf://datasets/owner/name, with @revision or /path/file.parquet behind it where needed`,
    );
  });

  it("a path that leads out of the repository is refused", () => {
    expect(() => parseDatasetSpec("hf://datasets/a/b/../../x.jsonl")).toThrow(
      'names "../../x.jsonl" inside the repository\n  expected: nothing, for its only data file, or the path of one',
    );
  });
});
