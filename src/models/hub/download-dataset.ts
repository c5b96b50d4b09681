/**
 * Files of a Hub data set on this disk: `hf://datasets/owner/name/path`, where the path may be a pattern, or nothing for the only
 * data file there is. The cache, the resuming and the offline mode are those of models.
 */
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { type RepositoryCache, repositoryCache } from "./cache.ts";
import { selectDataFiles } from "./dataset-selection.ts";
import { fetchFiles } from "./fetch-files.ts";
import { COMMIT, listRepository } from "./listing.ts";
import { Unreachable } from "./request.ts";
import { type HubOptions, type HubSession, hubSession } from "./session.ts";
import { hubName, type HubSpec, parseDatasetSpec } from "./spec.ts";

export interface HubDatasetFiles {
  /** Repository and path, for messages and for telling which data set it is. */
  readonly name: string;
  /** On this disk, in the order of their names. */
  readonly paths: readonly string[];
}

/** `isData`: whether a file of that name can be read. */
export async function downloadDataset(
  text: string,
  isData: (path: string) => boolean,
  options: HubOptions = {},
): Promise<HubDatasetFiles> {
  const spec = parseDatasetSpec(text);
  const session = hubSession(options);
  session.signal?.throwIfAborted();
  const cache = repositoryCache(session.cache, spec);
  const name = `${spec.repository}${spec.file === null ? "" : `/${spec.file}`}`;
  if (session.offline) return { name, paths: await cachedFiles(spec, cache, isData) };
  const fixed = COMMIT.test(spec.revision) ? await heldFiles(spec, cache, isData) : null;
  if (fixed !== null) return { name, paths: fixed };
  try {
    return { name, paths: await fetchDataset(session, spec, cache, isData) };
  } catch (thrown) {
    const cached = thrown instanceof Unreachable ? await heldFiles(spec, cache, isData) : null;
    if (cached === null) throw thrown;
    const [reason] = (thrown as Error).message.split("\n");
    session.onNotice(`${reason}: using ${hubName(spec, spec.file)} from the cache, as it last was`);
    return { name, paths: cached };
  }
}

async function fetchDataset(
  session: HubSession,
  spec: HubSpec,
  cache: RepositoryCache,
  isData: (path: string) => boolean,
): Promise<string[]> {
  const { commit, files } = await listRepository(session, spec);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const selected = selectDataFiles(spec, new Set(byPath.keys()), isData);
  await fetchFiles(
    { session, spec, commit, cache },
    selected.flatMap((path) => byPath.get(path) ?? []),
    0,
  );
  await cache.writeRef(spec.revision, commit);
  return selected.map((path) => join(cache.snapshot(commit), path));
}

/** What the cache has of it, if that is all that the names of the files promise; null otherwise. */
async function heldFiles(
  spec: HubSpec,
  cache: RepositoryCache,
  isData: (path: string) => boolean,
): Promise<string[] | null> {
  const commit = await cache.readRef(spec.revision);
  if (commit === null) return null;
  try {
    const selected = selectDataFiles(spec, await cache.held(commit), isData);
    return selected.map((path) => join(cache.snapshot(commit), path));
  } catch (thrown) {
    if (thrown instanceof AepoError) return null;
    throw thrown;
  }
}

async function cachedFiles(
  spec: HubSpec,
  cache: RepositoryCache,
  isData: (path: string) => boolean,
): Promise<string[]> {
  const held = await heldFiles(spec, cache, isData);
  if (held !== null) return held;
  const name = hubName(spec, spec.file);
  throw new AepoError("policy", `${name} is not whole in the cache, and HF_HUB_OFFLINE forbids to fetch it`, {
    expected: cache.folder,
    fix: `without HF_HUB_OFFLINE: aepo download ${name}`,
  });
}
