/**
 * A model of the Hub on this disk: `hf://owner/name` becomes the folder (or the GGUF file) to open. Only what is needed is
 * fetched, into the cache that Python's libraries use too; what is there already is not fetched again.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { type RepositoryCache, repositoryCache } from "./cache.ts";
import { checkFits, fetchFiles } from "./fetch-files.ts";
import { COMMIT, type HubFile, type HubListing, listRepository } from "./listing.ts";
import { Unreachable } from "./request.ts";
import { checkHasFile, filesBesideWeights, INDEX, WEIGHTS, weightParts } from "./selection.ts";
import { type HubOptions, type HubSession, hubSession } from "./session.ts";
import { hubName, type HubSpec, parseHubSpec } from "./spec.ts";

/** The largest tokenizers have some 35 MB. */
const MAX_JSON_BYTES = 256 * 2 ** 20;

/** The local folder, or the file where the name ends with one. */
export async function downloadModel(name: string, options: HubOptions = {}): Promise<string> {
  const spec = parseHubSpec(name);
  const session = hubSession(options);
  session.signal?.throwIfAborted();
  const cache = repositoryCache(session.cache, spec);
  if (session.offline) return cachedModel(spec, cache);
  // A commit never changes: what is whole needs no question.
  const whole = COMMIT.test(spec.revision) ? await wholeModel(spec, cache) : null;
  if (whole !== null) return whole;
  const listing = await listRepository(session, spec).catch(async (thrown: unknown) => {
    const cached = thrown instanceof Unreachable ? await wholeModel(spec, cache) : null;
    if (cached === null) throw thrown;
    session.onNotice(
      `${(thrown as Error).message.split("\n")[0]}: using ${hubName(spec)} from the cache, as it last was`,
    );
    return cached;
  });
  return typeof listing === "string" ? listing : fetchModel(session, spec, cache, listing);
}

async function fetchModel(
  session: HubSession,
  spec: HubSpec,
  cache: RepositoryCache,
  { commit, files }: HubListing,
): Promise<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const paths = new Set(byPath.keys());
  const transfer = { session, spec, commit, cache };
  const fetchAll = async (names: readonly string[], after: number): Promise<void> =>
    fetchFiles(
      transfer,
      names.flatMap((path) => byPath.get(path) ?? []),
      after,
    );
  if (spec.file === null) {
    const beside = filesBesideWeights(spec, paths);
    checkSmall(spec, beside, byPath);
    // Of weights in one file the size is known now; better refused before anything is written.
    const single = byPath.get(WEIGHTS);
    if (single !== undefined) await checkFits(transfer, [single]);
    await fetchAll(beside, 1);
    const index = single === undefined ? await readFile(join(cache.snapshot(commit), INDEX), "utf8") : null;
    await fetchAll(index === null ? [WEIGHTS] : weightParts(spec, index, paths), 0);
  } else {
    checkHasFile(spec, spec.file, paths);
    await fetchAll([spec.file], 0);
  }
  await cache.writeRef(spec.revision, commit);
  return localPath(spec, cache, commit);
}

function checkSmall(spec: HubSpec, names: readonly string[], byPath: ReadonlyMap<string, HubFile>): void {
  const large = names.find((path) => (byPath.get(path)?.size ?? 0) > MAX_JSON_BYTES);
  if (large === undefined) return;
  throw new AepoError("policy", `${large} of ${hubName(spec)} has ${byPath.get(large)?.size} bytes`, {
    expected: `at most ${MAX_JSON_BYTES} bytes`,
  });
}

function localPath(spec: HubSpec, cache: RepositoryCache, commit: string): string {
  return spec.file === null ? cache.snapshot(commit) : join(cache.snapshot(commit), spec.file);
}

/** The model in the cache, if all of it is there, its tokenizer included. */
async function wholeModel(spec: HubSpec, cache: RepositoryCache): Promise<string | null> {
  const commit = await cache.readRef(spec.revision);
  if (commit === null) return null;
  const held = await cache.held(commit);
  const missing = await missingFiles(spec, cache, commit, held);
  const whole = missing.length === 0 && (spec.file !== null || held.has("tokenizer.json"));
  return whole ? localPath(spec, cache, commit) : null;
}

async function cachedModel(spec: HubSpec, cache: RepositoryCache): Promise<string> {
  const name = hubName(spec, spec.file);
  const fix = `without HF_HUB_OFFLINE: aepo download ${name}`;
  const commit = await cache.readRef(spec.revision);
  const held = commit === null ? new Set<string>() : await cache.held(commit);
  if (commit === null || held.size === 0) {
    throw new AepoError("policy", `${name} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it`, {
      expected: cache.folder,
      fix,
    });
  }
  const missing = await missingFiles(spec, cache, commit, held);
  if (missing.length === 0) return localPath(spec, cache, commit);
  throw new AepoError("policy", `${name} is in the cache in part, and HF_HUB_OFFLINE forbids to fetch the rest`, {
    expected: missing.join(", "),
    exists: [...held].sort().join(", "),
    fix,
  });
}

/** What a snapshot lacks of a model. Which small files the repository has besides, only the Hub knows. */
async function missingFiles(
  spec: HubSpec,
  cache: RepositoryCache,
  commit: string,
  held: ReadonlySet<string>,
): Promise<string[]> {
  if (spec.file !== null) return held.has(spec.file) ? [] : [spec.file];
  const missing = held.has("config.json") ? [] : ["config.json"];
  if (held.has(WEIGHTS)) return missing;
  if (!held.has(INDEX)) return [...missing, WEIGHTS];
  const index = await readFile(join(cache.snapshot(commit), INDEX), "utf8");
  return [...missing, ...weightParts(spec, index, null).filter((path) => !held.has(path))];
}
