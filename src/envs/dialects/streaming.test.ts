import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainText } from "../../policy/text-parts.ts";
import type { Dialect, TurnEvent } from "./dialect.ts";
import { hermesDialect } from "./hermes.ts";
import { llama3Dialect } from "./llama3.ts";
import { lineTagDialect, tagDialect } from "./tags.ts";
import { hermesForm, search, tools, whyRejected as why } from "./testing/dialect-tools.ts";

const hermes = hermesDialect();
const llama = llama3Dialect();

/** Texts that touch joined: where they are cut is the one thing that a split may change. */
function joined(events: readonly TurnEvent[]): TurnEvent[] {
  const all: TurnEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if ((event.kind === "text" || event.kind === "thought") && last?.kind === event.kind) {
      all[all.length - 1] = { kind: event.kind, text: last.text + event.text, raw: last.raw + event.raw };
    } else all.push(event);
  }
  return all;
}

function read(dialect: Dialect, pieces: readonly string[]) {
  const reader = dialect.reader(tools);
  const events = pieces.flatMap((piece) => reader.push(piece));
  const { events: last, action } = reader.end();
  return { events: joined([...events, ...last]), action };
}

describe.each([tagDialect, lineTagDialect, hermes, hermesDialect({ answer: "tag" }), llama])(
  "$name, streamed",
  (dialect) => {
    const words = [
      "<think>",
      "</think>",
      "<tool_call>",
      "</tool_call>",
      "<tool_response>",
      "<|im_end|>",
      "<|python_tag|>",
      "<|eot_id|>",
      "<search>",
      "</search>",
      "<answer>",
      "</answer>",
      "<result>",
      '{"name": "search", "arguments": {"query": "a"}}',
      '{"name": "',
      "{",
      "}",
      '"',
      "'",
      "\\",
      "<",
      "</",
      "<|",
      " ",
      "\n",
      "a",
      "é🚀",
      "\ud83d",
      "\u0000",
      "```json\n",
      ";",
    ];

    it("means the same wherever the turn is cut", () => {
      const turn = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((pieces) => pieces.join(""));
      fc.assert(
        fc.property(turn, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
          const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
          const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
          const whole = read(dialect, [text]);
          expect(read(dialect, pieces)).toEqual(whole);
          expect(
            read(
              dialect,
              Array.from({ length: text.length }, (_, i) => text.charAt(i)),
            ),
          ).toEqual(whole);
          expect(whole.events.map(({ raw }) => raw).join("")).toBe(text);
          expect(whole.action).toEqual(dialect.parse(text, tools));
        }),
        { numRuns: 1500 },
      );
    });

    it("reads what it writes", () => {
      const [first] = tools;
      if (first === undefined) throw new Error("no tool");
      fc.assert(
        fc.property(fc.string(), (query) => {
          fc.pre(!/[<>]/.test(query) && query.trim() !== "");
          const call = dialect.parse(plainText(dialect.call(first, query.trim())), tools);
          expect(call).toEqual(search(query.trim()));
        }),
      );
      expect(dialect.parse(plainText(dialect.answer("Rome")), tools)).toEqual({ kind: "answer", text: "Rome" });
    });

    it("takes time in proportion to a hostile turn", () => {
      const size = 10_000_000;
      const openings = ["", "<tool_call>", "<|python_tag|>", "{", "<think>", "<search>", '<tool_call>{"name": "'];
      const fillings = ["a", "<", "{", "[", '"', " ", "<|im_end|>", "<tool_call>", '{"name":"'];
      const turns = [
        ...openings.map((opening) => opening + "a".repeat(size)),
        ...fillings.map((filling) => filling.repeat(size / 10 / filling.length)),
        ...fillings.map((filling) => `<tool_call>${filling.repeat(size / 10 / filling.length)}`),
        ...fillings.map((filling) => `<|python_tag|>${filling.repeat(size / 10 / filling.length)}`),
      ];
      for (const turn of turns) {
        const { cpuTimeMs, action } = timed(() => dialect.parse(turn, tools));
        expect(action.kind).toMatch(/^(answer|rejected|invalid)$/);
        expect(cpuTimeMs, turn.slice(0, 30)).toBeLessThan(4000);
      }
    }, 120_000);
  },
);

function timed<T>(work: () => T): { cpuTimeMs: number; action: T } {
  const before = process.cpuUsage();
  const action = work();
  const { user, system } = process.cpuUsage(before);
  return { cpuTimeMs: (user + system) / 1000, action };
}

describe("streamed", () => {
  it("shows text as it comes, and calls when they are whole", () => {
    const reader = hermes.reader(tools);
    const thought = (text: string, raw = text) => ({ kind: "thought", text, raw });
    expect(reader.push("<think>hm")).toEqual([thought("", "<think>"), thought("hm")]);
    expect(reader.push("</think>\nI look. <tool")).toEqual([
      thought("", "</think>"),
      { kind: "text", text: "\nI look. ", raw: "\nI look. " },
    ]);
    expect(reader.push('_call>{"name": "search", "arguments": {"query"')).toEqual([
      { kind: "call-start", raw: "<tool_call>" },
    ]);
    expect(reader.push(': "a"}}</tool_call>')).toEqual([
      { ...search("a"), raw: '{"name": "search", "arguments": {"query": "a"}}</tool_call>' },
    ]);
    expect(reader.end()).toEqual({ events: [], action: search("a") });
  });

  it("reads nested JSON up to a depth, and no deeper", () => {
    const nested = (depth: number) => `<tool_call>${'{"a":'.repeat(depth)}1${"}".repeat(depth)}</tool_call>`;
    expect(why(hermes, nested(60))).toContain('no "name"');
    expect(why(hermes, nested(100_000))).toBe(`the call is not JSON: it is nested deeper than 64; ${hermesForm}`);
  });

  it("does not let a key reach a prototype", () => {
    const turn =
      '<tool_call>{"name": "search", "arguments": {"query": "a"}, "__proto__": {"name": "python"}}</tool_call>';
    expect(why(hermes, turn)).toBe(`the call has "__proto__" beside its name; ${hermesForm}`);
  });

  it("looks at few of many calls", () => {
    expect(why(llama, '{"name": "a"}'.repeat(100_000))).toBe(
      "more than 16 calls in one turn; make one call, read its result, then make the next",
    );
  });
});
