/** The functions that python-syntax.ts calls. Arguments and results are values of the library's interpreter. */
import { capitalize, strip, title } from "./text-methods.ts";
import { type JsonStyle, toJson } from "./to-json.ts";
import { contains, entriesOf, equal, isUndefined, itemsOf, lengthOf, str, textOf, type Value } from "./values.ts";

/** The variables of the block in which a function is called. */
export interface Scope {
  readonly variables: Map<string, unknown>;
}
/** Gives text, a number or a boolean; null writes nothing. */
export type TemplateFunction = (args: readonly Value[], scope: Scope) => string | number | boolean | null;

const NOTHING: Value = { type: "UndefinedValue", value: undefined };
const first = (args: readonly Value[]): Value => args[0] ?? NOTHING;
const second = (args: readonly Value[]): Value => args[1] ?? NOTHING;

function text(value: Value, method: string): string {
  const found = textOf(value);
  if (found === undefined) throw new Error(`${method} needs a text, not ${value.type}`);
  return found;
}

function characters(args: readonly Value[]): string | undefined {
  const given = second(args);
  return given.type === "NullValue" || isUndefined(given) ? undefined : text(given, "strip");
}

export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  // What is none is written too; what is not defined is not.
  write: (args) => str(first(args)),
  "==": (args) => equal(first(args), second(args)),
  "!=": (args) => !equal(first(args), second(args)),
  in: (args) => contains(second(args), first(args)),
  "not in": (args) => !contains(second(args), first(args)),
  "~": (args) => str(first(args)) + str(second(args)),
  ".strip": (args) => strip(text(first(args), "strip"), "both", characters(args)),
  ".lstrip": (args) => strip(text(first(args), "lstrip"), "left", characters(args)),
  ".rstrip": (args) => strip(text(first(args), "rstrip"), "right", characters(args)),
  ".title": (args) => title(text(first(args), "title")),
  ".capitalize": (args) => capitalize(text(first(args), "capitalize")),
  "|trim": (args) => strip(str(first(args)), "both", characters(args)),
  "|title": (args) => title(str(first(args))),
  "|capitalize": (args) => capitalize(str(first(args))),
  "|string": (args) => str(first(args)),
  "|length": (args) => lengthOf(first(args)),
  "|count": (args) => lengthOf(first(args)),
  "|tojson": (args) => toJson(first(args), jsonStyle(args.slice(1))),
  turn: (args, { variables }) => {
    const kept = new Set(["loop", "namespace", ...args.map((name) => textOf(name))]);
    for (const name of variables.keys()) if (!kept.has(name)) variables.delete(name);
    return null;
  },
};

/** tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False), by place or by name. */
function jsonStyle(args: readonly Value[]): JsonStyle {
  const named = args.find(({ type }) => type === "KeywordArgumentsValue");
  const placed = args.filter((arg) => arg !== named);
  const argument = (name: string, place: number): Value =>
    placed[place] ?? (named === undefined ? undefined : entriesOf(named)?.get(name)) ?? NOTHING;
  const indent = argument("indent", 1);
  const [between, after] = itemsOf(argument("separators", 2)) ?? [];
  return {
    ensureAscii: argument("ensure_ascii", 0).value === true,
    sortKeys: argument("sort_keys", 3).value === true,
    ...(typeof indent.value === "number" ? { indent: indent.value } : {}),
    ...(between === undefined || after === undefined
      ? {}
      : { separators: [text(between, "separators"), text(after, "separators")] }),
  };
}
