/** `hf://owner/name`, `hf://owner/name@revision`, `hf://owner/name/path/file.gguf`: which repository, which state of it, which file. */
import { AepoError } from "../../std/errors.ts";

export interface HubSpec {
  /** `owner/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** One GGUF file, or null: the model's folder. */
  readonly file: string | null;
}

export const HUB_SCHEME = "hf://";
/** Branches of pull requests and conversions are the only revisions with slashes that may stand unescaped. */
const REVISION = /^(refs\/(?:pr|convert)\/[^/]+|[^/]+)(?:\/(.*))?$/s;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_]|[-.](?![-.]))*$/;
const MAX_NAME = 96;

export function isHubSpec(text: string): boolean {
  return text.startsWith(HUB_SCHEME);
}

export function parseHubSpec(text: string): HubSpec {
  const [owner = "", second = "", ...rest] = text.slice(HUB_SCHEME.length).split("/");
  const [name = "", ...revisionStart] = second.split("@");
  if (!isHubSpec(text) || !isName(owner) || !isName(name) || revisionStart.length > 1) throw badSpec(text);
  const repository = `${owner}/${name}`;
  const [start] = revisionStart;
  if (start === undefined) return { repository, revision: "main", file: fileOf(text, rest.join("/")) };
  const [, revision = "", file = ""] = REVISION.exec([start, ...rest].join("/")) ?? [];
  return { repository, revision: checkedRevision(text, revision), file: fileOf(text, file) };
}

/** The name that a user would give. */
export function hubName({ repository, revision }: HubSpec, file: string | null = null): string {
  const state = revision === "main" ? "" : `@${revision}`;
  return `${HUB_SCHEME}${repository}${state}${file === null ? "" : `/${file}`}`;
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

function fileOf(text: string, path: string): string | null {
  if (path === "") return null;
  if (isSafePath(path) && path.toLowerCase().endsWith(".gguf")) return path;
  throw new AepoError("config", `${JSON.stringify(text)} names ${JSON.stringify(path)} inside the repository`, {
    expected: "nothing, for the model's folder, or the path of a .gguf file",
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

function badSpec(text: string): AepoError {
  return new AepoError("config", `${JSON.stringify(text)} does not name a model of the Hub`, {
    expected: "hf://owner/name, hf://owner/name@revision or hf://owner/name/file.gguf",
  });
}
