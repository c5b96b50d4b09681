/**
 * Reads a turn of a family that writes calls as JSON: thoughts in <think>, calls behind an opening tag, and all else is what is
 * said. Tags count where they stand as tags only: not in a thought, not in a text inside a call's JSON. An end token ends the turn;
 * elsewhere its text is text like any. A turn without a call is an answer.
 */
import type { AnyTool } from "../../tools/tool.ts";
import { answerIn, type AnswerRule } from "./answer-rule.ts";
import type { Action, TurnEvent, TurnReader } from "./dialect.ts";
import { type ReadCall, readCalls, rejected, tooMany } from "./json-call.ts";
import { type Scanned, TagScanner } from "./tag-scanner.ts";

export interface JsonForm {
  /** Before a call; and behind it, in families that close calls. */
  readonly open: string;
  readonly close?: string;
  /** A turn that begins with JSON is a call, without any tag. */
  readonly bare: boolean;
  /** What only tools write. */
  readonly forged: readonly string[];
  readonly endTokens: readonly string[];
  /** How a call is written, for messages. */
  readonly example: string;
  readonly answer: AnswerRule;
}

const THINK = ["<think>", "</think>"] as const;

export class JsonTurnReader implements TurnReader {
  private readonly form: JsonForm;
  private readonly tools: readonly AnyTool[];
  private readonly scanner: TagScanner;
  private mode: "text" | "thought" | "call" = "text";
  private said: string[] = [];
  private begun = false;
  private call: string[] = [];
  private isBare = false;
  private quotes = new Quotes();
  private readonly calls: ReadCall[] = [];
  private fault: string | null = null;
  /** An end token that has come: the turn's end, unless more follows. */
  private ending = "";

  constructor(form: JsonForm, tools: readonly AnyTool[]) {
    this.form = form;
    this.tools = tools;
    const { open, close, forged, endTokens } = form;
    this.scanner = new TagScanner([...THINK, open, ...(close === undefined ? [] : [close]), ...forged, ...endTokens]);
  }

  push(piece: string): readonly TurnEvent[] {
    return this.scanner.push(piece).flatMap((scanned) => this.take(scanned));
  }

  end(): { events: readonly TurnEvent[]; action: Action } {
    const events = this.scanner.end().flatMap((scanned) => this.take(scanned));
    if (this.mode === "thought") this.fault ??= "the turn ends inside <think>";
    if (this.mode === "call") events.push(...this.endCall(""));
    if (this.ending !== "") events.push({ kind: "text", text: "", raw: this.ending });
    return { events, action: this.action() };
  }

  private take(scanned: Scanned): TurnEvent[] {
    if ("tag" in scanned && this.form.endTokens.includes(scanned.tag)) {
      const events = this.takeEnding();
      this.ending = scanned.tag;
      return events;
    }
    if (this.ending !== "" && "text" in scanned && scanned.text.trim() === "") {
      this.ending += scanned.text;
      return [];
    }
    return [...this.takeEnding(), ...("tag" in scanned ? this.takeTag(scanned.tag) : this.takeText(scanned.text))];
  }

  /** Something comes behind an end token: it was a text that looks like one. */
  private takeEnding(): TurnEvent[] {
    const text = this.ending;
    this.ending = "";
    return text === "" ? [] : this.takeText(text);
  }

  private takeText(text: string): TurnEvent[] {
    if (this.mode === "thought") return [{ kind: "thought", text, raw: text }];
    if (this.mode === "text" && !this.begun && text.trim() !== "") {
      this.begun = true;
      const first = text.trimStart();
      if (this.form.bare && /^[{[`]/.test(first)) {
        const before = text.slice(0, text.length - first.length);
        this.openBareCall();
        return [...(before === "" ? [] : [said(before)]), ...this.takeText(first)];
      }
    }
    if (this.mode === "call") {
      this.call.push(text);
      this.quotes.push(text);
      return [];
    }
    this.said.push(text);
    return [said(text)];
  }

  private takeTag(tag: string): TurnEvent[] {
    const { open, close, forged } = this.form;
    if (this.mode === "thought") {
      if (tag !== THINK[1]) return this.takeText(tag);
      this.mode = "text";
      return [{ kind: "thought", text: "", raw: tag }];
    }
    if (this.mode === "call") {
      if (this.quotes.open || (tag !== open && tag !== close)) return this.takeText(tag);
      return tag === open ? [...this.endCall(""), ...this.openCall(tag)] : this.endCall(tag);
    }
    if (tag === open) return this.openCall(tag);
    if (tag === THINK[0]) this.mode = "thought";
    else if (tag === THINK[1]) this.closeThoughtOfPrompt();
    else if (tag === close) this.fault ??= `${tag} closes nothing; a call is written ${this.form.example}`;
    else if (forged.includes(tag)) this.fault ??= `${tag} is written by tools only`;
    return [{ kind: tag === THINK[0] || tag === THINK[1] ? "thought" : "text", text: "", raw: tag }];
  }

  /** Templates may open the first thought in the prompt: then all so far was it. */
  private closeThoughtOfPrompt(): void {
    if (this.calls.length > 0) this.fault ??= `${THINK[1]} closes nothing`;
    this.said = [];
    this.begun = false;
  }

  private openCall(tag: string): TurnEvent[] {
    this.openBareCall();
    this.isBare = false;
    return [{ kind: "call-start", raw: tag }];
  }

  private openBareCall(): void {
    this.mode = "call";
    this.begun = true;
    this.isBare = true;
    this.call = [];
    this.quotes = new Quotes();
  }

  /** `tag`: the closing one, if there is. */
  private endCall(tag: string): TurnEvent[] {
    const text = this.call.join("");
    this.mode = "text";
    // JSON that names nothing to call is what is said.
    if (this.isBare && !/["']name["']\s*:/.test(text)) {
      this.said.push(text);
      return [{ kind: "text", text, raw: text + tag }];
    }
    const calls = readCalls(text, this.tools, this.form.example);
    this.calls.push(...calls);
    const events = calls.map((call, i): TurnEvent => ({ ...call, raw: i === 0 ? text + tag : "" }));
    return this.isBare ? [{ kind: "call-start", raw: "" }, ...events] : events;
  }

  private action(): Action {
    const [call] = this.calls;
    if (this.fault !== null) return rejected(this.fault);
    if (call !== undefined) return this.calls.length > 1 ? tooMany(this.calls.length) : call;
    const said = this.said.join("");
    // A call in the wrong place must not pass for an answer.
    if (/\{\s*["'](?:name|function)["']\s*:\s*["'][^"']*["']\s*,\s*["'](?:arguments|parameters)["']\s*:/.test(said)) {
      return rejected(`there is a call in the text; a call is written ${this.form.example}`);
    }
    return answerIn(said, this.form.answer, this.form.example);
  }
}

function said(text: string): TurnEvent {
  return { kind: "text", text, raw: text };
}

/** Whether a JSON text that comes in pieces is inside quotes. Quotes count within brackets only: no apostrophe opens a text. */
class Quotes {
  private quote = "";
  private depth = 0;
  private escaped = false;

  get open(): boolean {
    return this.quote !== "";
  }

  push(text: string): void {
    for (const character of text) {
      if (this.escaped) this.escaped = false;
      else if (this.quote !== "") {
        if (character === "\\") this.escaped = true;
        else if (character === this.quote) this.quote = "";
      } else if (character === "{" || character === "[") this.depth++;
      else if (character === "}" || character === "]") this.depth--;
      else if (this.depth > 0 && (character === '"' || character === "'")) this.quote = character;
    }
  }
}
