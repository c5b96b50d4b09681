import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { tagDialect } from "../envs/dialects/tags.ts";
import { tool } from "../tools/tool.ts";
import { callTool, insertedResult, type OpenCalls, type ToolCall } from "./call-tool.ts";
import { smallTokenizer } from "./testing/small-world.ts";

type Execute = (input: string, context: { state: number; call: number; signal: AbortSignal }) => unknown;

function run(execute: Execute, { input = "x", name = "look", open = new Set() as OpenCalls, timeoutMs = 1000 } = {}) {
  const look = tool<string, number>({
    name: "look",
    description: "",
    input: z.string().max(3, "too long"),
    execute: (text, context) => execute(text, context) as string,
  });
  return callTool([look], { tool: name, input, call: 2, state: 7 }, timeoutMs, open);
}

describe("a tool call", () => {
  it("gets its input, state and index; a text leaves the state as it was", async () => {
    const seen: unknown[] = [];
    const outcome = await run((input, { state, call }) => {
      seen.push(input, state, call);
      return "fact";
    });
    expect(seen).toEqual(["x", 7, 2]);
    expect(outcome).toEqual({ text: "fact", failed: null, timedOut: false, state: 7 });
  });

  it("may give the next state, later too", async () => {
    expect(await run(async () => ({ text: "fact", state: 8 }))).toMatchObject({ text: "fact", state: 8 });
  });

  it.each([
    ["throws", () => Promise.reject(new Error("no network")), "no network"],
    ["throws at once", () => JSON.parse("{"), expect.stringContaining("JSON")],
    ["returns a number", () => 42, "the tool returned number, not a text"],
    ["returns nothing", () => null, "the tool returned null, not a text"],
  ])("one that %s is a failed result that the policy is shown, with the state before it", async (_, execute, why) => {
    const outcome = await run(execute);
    expect(outcome).toEqual({ text: expect.stringMatching(/^error: /), failed: why, timedOut: false, state: 7 });
  });

  it("an unknown tool is named beside the known ones", async () => {
    expect(await run(() => "fact", { name: "fly" })).toMatchObject({ failed: 'no tool "fly"; there are: look' });
  });

  it("an input that the schema refuses never reaches the tool", async () => {
    const execute = vi.fn(() => "fact");
    expect(await run(execute, { input: "x x x" })).toMatchObject({ failed: "bad input: too long" });
    expect(execute).not.toHaveBeenCalled();
  });

  it("one that is late is given up and told so through its signal", async () => {
    let told: unknown;
    const outcome = await run(
      (_, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => (told = (signal.reason as Error).message))),
      { timeoutMs: 5 },
    );
    expect(outcome).toMatchObject({ failed: "no answer within 5 ms", timedOut: true, state: 7 });
    expect(told).toBe("no answer within 5 ms");
  });

  it("stopping a run ends the open calls", async () => {
    const open: OpenCalls = new Set();
    const outcome = run(() => new Promise(() => {}), { open });
    expect(open.size).toBe(1);
    for (const call of open) call.abort(new Error("stopped"));
    expect(await outcome).toMatchObject({ failed: "stopped", timedOut: false });
    expect(open.size).toBe(0);
  });
});

describe("the result as it is inserted", () => {
  const call: ToolCall = { tool: "look", input: "x", call: 0, state: 7 };
  const shown = (text: string, failed: string | null = null) =>
    insertedResult(tagDialect, smallTokenizer, call, { text, failed, timedOut: false, state: 8 });

  it("is the text in the dialect's tags", () => {
    const { outcome, result } = shown("fact n1");
    expect(result).toEqual({
      tool: "look",
      input: "x",
      text: "<result> fact n1 </result>",
      ids: smallTokenizer.encode("<result> fact n1 </result>"),
      failed: null,
    });
    expect(outcome).toEqual({ text: "fact n1", failed: null, timedOut: false, state: 8 });
  });

  it("a failure that the vocabulary cannot hold becomes `error`", () => {
    const { outcome, result } = shown("error: no network", "no network");
    expect(result).toMatchObject({ text: "<result> error </result>", failed: "no network" });
    expect(outcome.text).toBe("error");
  });

  it("a text that it cannot hold is a failure, and the state goes back", () => {
    const { outcome, result } = shown("Zürich");
    expect(result.text).toBe("<result> error </result>");
    expect(result.failed).toMatch(/^unwritable result: the vocabulary has no word "Zürich"/);
    expect(outcome).toMatchObject({ text: "error", state: 7 });
  });

  it("a late call is marked, others are not", () => {
    const late = insertedResult(tagDialect, smallTokenizer, call, {
      text: "error",
      failed: "x",
      timedOut: true,
      state: 7,
    });
    expect(late.result.timedOut).toBe(true);
    expect("timedOut" in shown("fact").result).toBe(false);
  });
});
