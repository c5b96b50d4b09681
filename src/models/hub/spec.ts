/**
 * `hf://owner/name`, `hf://owner/name@revision`, `hf://owner/name/path/file.gguf`: which repository, which state of it, which file.
 * `hf://datasets/owner/name/path` is the same of a data set, where `*` in the path stands for any part of a name.
 */
import { AepoError } from "../../std/errors.ts";

export interface HubSpec {
  readonly type: "model" | "dataset";
  /** `owner/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** One GGUF file, or null: the model's folder. Of a data set: a file or a pattern, or null: all its data files. */
  readonly file: string | null;
}

export const HUB_SCHEME = "hf://";
const DATASETS = "hf://datasets/";
/** Branches of pull requests and conversions are the only revisions with slashes that may stand unescaped. */
const REVISION = /^(refs\/(?:pr|convert)\/[^/]+|[^/]+)(?:\/(.*))?$/s;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_]|[-.](?![-.]))*$/;
const MAX_NAME = 96;

export function isHubSpec(text: string): boolean {
  return text.startsWith(HUB_SCHEME);
}

export function isDatasetSpec(text: string): boolean {
  return text.startsWith(DATASETS);
}

export function parseHubSpec(text: string): HubSpec {
  return parsed(text, "model", HUB_SCHEME);
}

export function parseDatasetSpec(text: string): HubSpec {
  return parsed(text, "dataset", DATASETS);
}

function parsed(text: string, type: HubSpec["type"], scheme: string): HubSpec {
  const [owner = "", second = "", ...rest] = text.slice(scheme.length).split("/");
  const [name = "", ...revisionStart] = second.split("@");
  if (!text.startsWith(scheme) || !isName(owner) || !isName(name) || revisionStart.length > 1)
    throw badSpec(text, type);
  const repository = `${owner}/${name}`;
  const [start] = revisionStart;
  if (start === undefined) return { type, repository, revision: "main", file: fileOf(text, type, rest.join("/")) };
  const [, revision = "", file = ""] = REVISION.exec([start, ...rest].join("/")) ?? [];
  return { type, repository, revision: checkedRevision(text, revision), file: fileOf(text, type, file) };
}

/** Where the repository is below the Hub's address. */
export function hubPath({ type, repository }: Pick<HubSpec, "type" | "repository">): string {
  return type === "dataset" ? `datasets/${repository}` : repository;
}

/** The name that a user would give. */
export function hubName(spec: HubSpec, file: string | null = null): string {
  const state = spec.revision === "main" ? "" : `@${spec.revision}`;
  return `${HUB_SCHEME}${hubPath(spec)}${state}${file === null ? "" : `/${file}`}`;
}

/** A path inside a repository that stays below the folder it is joined to, on any platform. */
export function isSafePath(path: string): boolean {
  const parts = path.split("/");
  return (
    path.length <= 1024 &&
    parts.every((part) => part !== "" && part !== "." && part !== ".." && !/[\\:\p{Cc}]/u.test(part))
  );
}

function isName(text: string): boolean {
  return text.length <= MAX_NAME && NAME.test(text);
}

function fileOf(text: string, type: HubSpec["type"], path: string): string | null {
  if (path === "") return null;
  if (isSafePath(path) && (type === "dataset" || path.toLowerCase().endsWith(".gguf"))) return path;
  throw new AepoError("config", `${JSON.stringify(text)} names ${JSON.stringify(path)} inside the repository`, {
    expected:
      type === "dataset"
        ? "nothing, for its only data file, or the path of one"
        : "nothing, for the model's folder, or the path of a .gguf file",
  });
}

function checkedRevision(text: string, escaped: string): string {
  let revision = escaped;
  try {
    revision = decodeURIComponent(escaped);
  } catch {
    // A percent sign that escapes nothing is refused below.
  }
  // What git refuses in a name of a branch, so that it can be a path below refs/.
  if (isSafePath(revision) && !/[%~^:?*[\s]|\.\.|@\{|\.lock$/.test(revision)) return revision;
  throw new AepoError("config", `${JSON.stringify(text)}: ${JSON.stringify(escaped)} is not a revision`, {
    expected: "a branch, a tag or a commit; slashes in it as %2F",
  });
}

function badSpec(text: string, type: HubSpec["type"]): AepoError {
  if (type === "dataset") {
    return new AepoError("config", `${JSON.stringify(text)} does not name a data set of the Hub`, {
      expected: "hf://datasets/owner/name, with @revision or /path/file.parquet behind it where needed",
    });
  }
  return new AepoError("config", `${JSON.stringify(text)} does not name a model of the Hub`, {
    expected: "hf://owner/name, hf://owner/name@revision or hf://owner/name/file.gguf",
  });
}
