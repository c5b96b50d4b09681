/**
 * From text to a validated config. YAML (and so JSON) is read with positions kept: every error names file, line and
 * column, or the `--set` it came from. Unknown keys are errors that list the known ones.
 */
import { isMap, isScalar, LineCounter, parse, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import { z } from "zod";
import { AepoError, messageOf } from "../std/errors.ts";

/** A config before validation: a document with positions, and what `--set` put over it. */
export interface ConfigSource {
  /** File name, or what to call it in messages. */
  readonly name: string;
  readonly text: string;
  /** `key.path=value` assignments, applied in order; values are YAML. */
  readonly overrides: readonly string[];
}

type ConfigPath = readonly (string | number)[];

/** Reads, overrides and validates. Throws one `AepoError` that lists every problem. */
export function readConfig<T>(source: ConfigSource, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(source.text === "" ? "{}" : source.text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new AepoError("config", `${source.name}:${line}:${col}: ${firstLine(syntax.message)}`, { cause: syntax });
  }
  if (!isMap(document.contents)) {
    throw new AepoError("config", `${source.name}:1:1: a config is a map of keys`, { exists: firstLine(source.text) });
  }
  const set = new Map<string, string>();
  for (const assignment of source.overrides) set.set(assign(document, assignment), assignment);
  const given: unknown = document.toJS();
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const place = (path: ConfigPath, key: boolean): string => locate(source, document, lines, set, path, key);
  throw new AepoError(
    "config",
    parsed.error.issues.flatMap((issue) => describe(issue, place, (path) => knownKeys(schema, path, given))).join("\n"),
  );
}

/** The keys at the top, `--set` included, that say what kind of recipe it is; none of one that cannot be read (`readConfig` says why). */
export function topKeys({ text, overrides }: ConfigSource): ReadonlySet<string> {
  const { contents } = parseDocument(text);
  const written = isMap(contents) ? contents.items.map(({ key }) => (isScalar(key) ? String(key.value) : "")) : [];
  return new Set([...written, ...overrides.map((assignment) => assignment.split(/[.=]/, 1)[0]?.trim() ?? "")]);
}

/** Puts one `--set` into the document; returns its dotted path. */
function assign(document: Document, assignment: string): string {
  const at = assignment.indexOf("=");
  const key = assignment.slice(0, at).trim();
  if (at < 1 || key.split(".").some((part) => part === "")) {
    throw new AepoError("usage", `--set ${assignment}: not an assignment`, {
      expected: "key.path=value, such as train.steps=10",
    });
  }
  try {
    document.setIn(key.split("."), document.createNode(parse(assignment.slice(at + 1))));
  } catch (thrown) {
    throw new AepoError("usage", `--set ${assignment}: ${firstLine(messageOf(thrown))}`, {
      fix: "check that every part of the key but the last names a group of settings",
      cause: thrown,
    });
  }
  return key;
}

/** One line an issue (one a key for unknown keys). */
function describe(
  issue: z.core.$ZodIssue,
  place: (path: ConfigPath, key: boolean) => string,
  knownAt: (path: ConfigPath) => string[],
): string[] {
  const chosen = meantBranch(issue);
  if (chosen !== null) return chosen.flatMap((inner) => describe(inner, place, knownAt));
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    const known = knownAt(path);
    return issue.keys.map((key) => {
      const list = known.length === 0 ? "" : `\n  known here: ${known.join(", ")}`;
      return `${place([...path, key], true)}: unknown key "${[...path, key].join(".")}"${list}`;
    });
  }
  const name = path.length === 0 ? "" : `${path.join(".")}: `;
  return [`${place(path, false)}: ${name}${issue.message}`];
}

/** The issues of the alternative that was meant: the one whose kind of value (a map, a list, a text) is the one given; null if none is. */
function meantBranch(issue: z.core.$ZodIssue): z.core.$ZodIssue[] | null {
  if (issue.code !== "invalid_union") return null;
  const meant = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  const [branch] = meant;
  if (branch === undefined || meant.length > 1) return null;
  return branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function locate(
  source: ConfigSource,
  document: Document,
  lines: LineCounter,
  set: ReadonlyMap<string, string>,
  path: ConfigPath,
  key: boolean,
): string {
  for (let length = path.length; length > 0; length--) {
    const assignment = set.get(path.slice(0, length).join("."));
    if (assignment !== undefined) return `--set ${assignment}`;
  }
  // A group that is in no file was made by what is set in it.
  if (offsetOf(document, path, key) === undefined) {
    const inside = [...set].findLast(([name]) => name.startsWith(`${path.join(".")}.`));
    if (inside !== undefined) return `--set ${inside[1]}`;
  }
  for (let length = path.length; length >= 0; length--) {
    const offset = offsetOf(document, path.slice(0, length), key && length === path.length);
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${source.name}:${line}:${col}`;
  }
  return `${source.name}:1:1`;
}

function offsetOf(document: Document, path: ConfigPath, key: boolean): number | undefined {
  if (key) {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = path.length === 0 ? document.contents : (document.getIn(path, true) as Node | undefined);
  return node?.range?.[0];
}

/** Keys the schema has at `path` of `given` and that may have a value, for the message; of alternatives, those that `given` chooses by a constant field. */
function knownKeys(schema: z.ZodType, path: ConfigPath, given: unknown): string[] {
  // What is written shorter than it is read (a name instead of a map) is known by what becomes of it.
  const sides = (["input", "output"] as const).map((io) => z.toJSONSchema(schema, { io, unrepresentable: "any" }));
  let [here, value] = [sides.flatMap((side) => alternatives(side as JsonSchema)), given];
  for (const part of path) {
    here = here.flatMap(({ properties, items }) => alternatives(properties?.[String(part)] ?? items ?? {}));
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[String(part)];
    here = here.filter((option) => isChosen(option, value));
  }
  const known = here.flatMap(({ properties = {} }) => Object.entries(properties));
  return [...new Set(known.flatMap(([key, { not }]) => (not === undefined ? [key] : [])))];
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}

function isChosen({ properties = {}, required = [] }: JsonSchema, value: unknown): boolean {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const fits = (key: string, constant: unknown): boolean =>
    given[key] === undefined ? !required.includes(key) : constant === given[key];
  return Object.entries(properties).every(
    ([key, { const: constant }]) => constant === undefined || fits(key, constant),
  );
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly not?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "").slice(0, 160);
}
