/**
 * The paper's tag dialect: `<think> … </think> <search> … </search>`, results in `<result> … </result>`, the answer in
 * `<answer> … </answer>`. A tool's name is its tag. The reader is a tag automaton that runs over ONE turn of the policy
 * and never over a result (AEPO-W4), so a tool cannot break, or forge, the format. Tags do not nest; text between the
 * blocks of a turn is allowed; a turn holds exactly one call or answer, at its end.
 */
import type { AnyTool } from "../tools/tool.ts";
import type { Action, Dialect } from "./task.ts";

/** Tags with a meaning of their own: no tool may have such a name. */
export const reservedTags: readonly string[] = ["think", "answer", "result"];

/** The dialect of the built-in tasks and the default of `defineTask`. */
export const tagDialect: Dialect = {
  name: "tags",
  // A policy that opens a result is making one up; stopping there saves the tokens, and the turn is invalid.
  stops: (tools) => [...tools.map((tool) => close(tool.name)), close("answer"), open("result")],
  parse: parseTurn,
  result: (text) =>
    text === "" ? `${open("result")} ${close("result")}` : `${open("result")} ${text} ${close("result")}`,
};

/** The same for pretrained models: a result stands on a line of its own, and the next turn begins one. */
export const lineTagDialect: Dialect = {
  ...tagDialect,
  name: "tags on lines",
  result: (text) => `\n${open("result")} ${text} ${close("result")}\n`,
};

/** Every tag of the dialect as a word, for the vocabulary of a one-token-a-word task: `<think> </think> <search> …`. */
export function tagWords(tools: readonly { readonly name: string }[]): string[] {
  return ["think", ...tools.map((tool) => tool.name), "result", "answer"].flatMap((name) => [open(name), close(name)]);
}

function open(name: string): string {
  return `<${name}>`;
}

function close(name: string): string {
  return `</${name}>`;
}

interface Block {
  readonly tag: string;
  readonly text: string;
}

/** AEPO-W1, for one turn: its single call or answer, or why it is not a valid turn. */
function parseTurn(turn: string, tools: readonly AnyTool[]): Action {
  const blocks = readBlocks(turn, new Set([...reservedTags, ...tools.map((tool) => tool.name)]));
  if (typeof blocks === "string") return { kind: "invalid", why: blocks };
  const last = blocks.at(-1);
  if (last === undefined) return { kind: "invalid", why: "the turn has neither a call nor an answer" };
  const text = last.text.trim();
  return last.tag === "answer" ? { kind: "answer", text } : { kind: "call", tool: last.tag, input: text };
}

/** The blocks of a turn that act (no thoughts), or the first fault. At most one acts, and nothing follows it. */
function readBlocks(turn: string, known: ReadonlySet<string>): readonly Block[] | string {
  const acting: Block[] = [];
  let inside: string | null = null;
  let from = 0;
  for (const match of turn.matchAll(/<(\/?)([a-z0-9_]+)>/g)) {
    const [tag = "", slash = "", name = ""] = match;
    if (!known.has(name)) continue;
    if (name === "result") return `${tag} is written by tools only`;
    const acted = acting.at(-1);
    if (acted !== undefined) return `${tag} comes after ${close(acted.tag)}, which ends the turn`;
    if (slash === "") {
      if (inside !== null) return `${tag} opens inside ${open(inside)}`;
      inside = name;
      from = match.index + tag.length;
    } else {
      if (inside === null) return `${tag} closes nothing`;
      if (inside !== name) return `${tag} closes ${open(inside)}`;
      if (name !== "think") acting.push({ tag: name, text: turn.slice(from, match.index) });
      inside = null;
      from = match.index + tag.length;
    }
  }
  if (inside !== null) return `the turn ends inside ${open(inside)}`;
  const acted = acting.at(-1);
  if (acted !== undefined && turn.slice(from).trim() !== "")
    return `text comes after ${close(acted.tag)}, which ends the turn`;
  return acting;
}
