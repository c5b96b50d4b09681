import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadModel } from "./download-model.ts";
import { failure } from "./testing/failure.ts";
import { entryOf, refuse } from "./testing/hub-server.ts";
import { large, useHub } from "./testing/tiny-repository.ts";

const NAME = "hf://tiny/llama";

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
