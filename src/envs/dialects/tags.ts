/**
 * The paper's tag dialect: `<think> … </think> <search> … </search>`, results in `<result> … </result>`, the answer in
 * `<answer> … </answer>`. A tool's name is its tag. The reader is a tag automaton that runs over ONE turn of the policy
 * and never over a result (AEPO-W4), so a tool cannot break, or forge, the format. Tags do not nest; text between the
 * blocks of a turn is allowed; a turn holds exactly one call or answer, at its end. Anything else ends the path (AEPO-W1).
 */
import type { AnyTool } from "../../tools/tool.ts";
import { type Action, type Dialect, parseTurn, SILENT_TURN, type TurnEvent, type TurnReader } from "./dialect.ts";
import { type Scanned, TagScanner } from "./tag-scanner.ts";

/** Tags with a meaning of their own: no tool may have such a name. */
export const reservedTags: readonly string[] = ["think", "answer", "result"];

/** A dialect without special tokens: what it inserts and writes is plain text. */
export interface TagDialect extends Dialect {
  result(text: string): string;
  call(tool: Pick<AnyTool, "name">, input: string, before?: string): string;
  answer(text: string, before?: string): string;
}

/** The dialect of the built-in tasks and the default of `defineTask`. */
export const tagDialect: TagDialect = {
  name: "tags",
  inputs: "text",
  // A policy that opens a result is making one up; stopping there saves the tokens, and the turn is invalid.
  stops: (tools) => [...tools.map((tool) => close(tool.name)), close("answer"), open("result")],
  reader: (tools) => new TagReader(tools),
  parse: (turn, tools) => parseTurn(new TagReader(tools), turn),
  result: (text) => block("result", text),
  call: ({ name }, input, before = "") => before + block(name, input),
  answer: (text, before = "") => before + block("answer", text),
};

/** The same for pretrained models: a result stands on a line of its own, and the next turn begins one. */
export const lineTagDialect: TagDialect = {
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

function block(name: string, text: string): string {
  return text === "" ? `${open(name)} ${close(name)}` : `${open(name)} ${text} ${close(name)}`;
}

/** AEPO-W1, for one turn: its single call or answer, or why it is not a valid turn: the first fault. */
class TagReader implements TurnReader {
  private readonly scanner: TagScanner;
  /** The tag that is open, and the text in it. */
  private inside: string | null = null;
  private readonly text: string[] = [];
  /** As it was written: the call that may come of it. */
  private readonly call: string[] = [];
  /** The block that acts; nothing may follow it. */
  private acted: { readonly tag: string; readonly text: string } | null = null;
  /** Text stands behind it. */
  private trailing = false;
  private fault: string | null = null;

  constructor(tools: readonly AnyTool[]) {
    const names = [...reservedTags, ...tools.map(({ name }) => name)];
    this.scanner = new TagScanner(names.flatMap((name) => [open(name), close(name)]));
  }

  push(piece: string): readonly TurnEvent[] {
    return this.scanner.push(piece).flatMap((scanned) => this.take(scanned));
  }

  end(): { events: readonly TurnEvent[]; action: Action } {
    const events = this.scanner.end().flatMap((scanned) => this.take(scanned));
    const action = this.action();
    const raw = this.call.join("");
    if (action.kind === "call") return { events: [...events, { ...action, raw }], action };
    return { events: raw === "" ? events : [...events, { kind: "text", text: "", raw }], action };
  }

  private take(scanned: Scanned): readonly TurnEvent[] {
    const raw = "text" in scanned ? scanned.text : scanned.tag;
    if ("tag" in scanned) this.fault ??= this.faultOf(scanned.tag);
    // A turn with a fault has no call.
    if (this.fault !== null) return [{ kind: "text", text: "", raw: this.call.splice(0).join("") + raw }];
    return "text" in scanned ? this.takeText(raw) : this.takeTag(raw);
  }

  private takeText(text: string): readonly TurnEvent[] {
    if (this.acted !== null) {
      this.trailing ||= text.trim() !== "";
      return this.takeRaw(text);
    }
    if (this.inside === "think") return [{ kind: "thought", text, raw: text }];
    if (this.inside !== null) this.text.push(text);
    return this.inside === null || this.inside === "answer" ? [{ kind: "text", text, raw: text }] : this.takeRaw(text);
  }

  private takeTag(tag: string): readonly TurnEvent[] {
    const name = nameOf(tag);
    const isCall = name !== "think" && name !== "answer";
    if (tag === open(name)) {
      this.inside = name;
      this.text.length = 0;
      if (isCall) return [{ kind: "call-start", raw: tag }];
    } else {
      if (name !== "think") this.acted = { tag: name, text: this.text.join("").trim() };
      this.inside = null;
    }
    return isCall ? this.takeRaw(tag) : [{ kind: name === "think" ? "thought" : "text", text: "", raw: tag }];
  }

  /** Holds back what belongs to a call; the rest is nothing that is said. */
  private takeRaw(raw: string): readonly TurnEvent[] {
    if (this.acted?.tag === "answer") return [{ kind: "text", text: "", raw }];
    this.call.push(raw);
    return [];
  }

  private faultOf(tag: string): string | null {
    const { inside, acted } = this;
    const name = nameOf(tag);
    if (name === "result") return `${tag} is written by tools only`;
    if (acted !== null) return `${tag} comes after ${close(acted.tag)}, which ends the turn`;
    if (tag === open(name)) return inside === null ? null : `${tag} opens inside ${open(inside)}`;
    if (inside === null) return `${tag} closes nothing`;
    return inside === name ? null : `${tag} closes ${open(inside)}`;
  }

  private action(): Action {
    const { fault, inside, acted, trailing } = this;
    if (fault !== null) return { kind: "invalid", why: fault };
    if (inside !== null) return { kind: "invalid", why: `the turn ends inside ${open(inside)}` };
    if (acted === null) return { kind: "invalid", why: SILENT_TURN };
    if (trailing) return { kind: "invalid", why: `text comes after ${close(acted.tag)}, which ends the turn` };
    if (acted.tag === "answer") return { kind: "answer", text: acted.text };
    return { kind: "call", tool: acted.tag, input: acted.text };
  }
}

function nameOf(tag: string): string {
  return tag.replaceAll(/[</>]/g, "");
}
