/**
 * The small files of a model of the Hub: config, tokenizer, chat template. What computes elsewhere needs no weights here; those that
 * are in the cache already are no hindrance.
 */
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { type RepositoryCache, repositoryCache } from "./cache.ts";
import { downloadModel } from "./download-model.ts";
import { fetchFiles } from "./fetch-files.ts";
import { COMMIT, listRepository } from "./listing.ts";
import { filesBesideWeights } from "./selection.ts";
import { type HubOptions, hubSession } from "./session.ts";
import { hubName, type HubSpec, parseHubSpec } from "./spec.ts";

const NEEDED = ["config.json", "tokenizer.json"] as const;

/** The local folder; of a name that ends with a GGUF file that file, which holds everything. */
export async function downloadTokenizer(name: string, options: HubOptions = {}): Promise<string> {
  const spec = parseHubSpec(name);
  if (spec.file !== null) return downloadModel(name, options);
  const session = hubSession(options);
  session.signal?.throwIfAborted();
  const cache = repositoryCache(session.cache, spec);
  const cached = await cachedFiles(spec, cache);
  if (cached !== null) return cached;
  if (session.offline) {
    throw new AepoError(
      "policy",
      `the tokenizer of ${hubName(spec)} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it`,
      {
        expected: NEEDED.map((file) => join(cache.folder, "snapshots", "…", file)).join(", "),
        fix: "run once without HF_HUB_OFFLINE, or name a folder that holds these files",
      },
    );
  }
  const { commit, files } = await listRepository(session, spec);
  const wanted = new Set(filesBesideWeights(spec, new Set(files.map(({ path }) => path))));
  await fetchFiles(
    { session, spec, commit, cache },
    files.filter(({ path }) => wanted.has(path)),
    0,
  );
  await cache.writeRef(spec.revision, commit);
  return cache.snapshot(commit);
}

async function cachedFiles(spec: HubSpec, cache: RepositoryCache): Promise<string | null> {
  const commit = COMMIT.test(spec.revision) ? spec.revision : await cache.readRef(spec.revision);
  if (commit === null) return null;
  const held = await cache.held(commit);
  return NEEDED.every((file) => held.has(file)) ? cache.snapshot(commit) : null;
}
