/** With the real SDK, and zod of both kinds. */
import { dynamicTool, jsonSchema, tool as sdkTool, zodSchema } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as z3 from "zod/v3";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import { defineTask } from "../envs/define.ts";
import { callTool } from "../rollout/call-tool.ts";
import { type AiSdkTool, fromAiSdk } from "./ai-sdk.ts";
import { describeTool } from "./describe-tool.ts";
import type { AnyTool } from "./tool.ts";

const one = (given: AiSdkTool): AnyTool => {
  const [first] = fromAiSdk({ it: given });
  if (first === undefined) throw new Error("no tool");
  return first;
};
const call = async (given: AnyTool, input: unknown): Promise<string> => {
  const outcome = await callTool(
    [given],
    { tool: given.name, input: typeof input === "string" ? input : JSON.stringify(input), call: 2, state: undefined },
    10_000,
    new Set(),
  );
  return outcome.text;
};

const weather = sdkTool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string(), days: z.number().int().default(1) }),
  execute: async ({ city, days }) => ({ city, days, celsius: 21 }),
});

describe("tools of the AI SDK", () => {
  it("are tools of a task as they are", async () => {
    const task = defineTask({
      name: "weather",
      tools: fromAiSdk({
        getWeather: weather,
        addNumbers: sdkTool({
          inputSchema: z.object({ a: z.number(), b: z.number() }),
          execute: ({ a, b }) => `${a + b}`,
        }),
      }),
      questions: { train: [{ prompt: "a", answers: "1" }], test: [{ prompt: "b", answers: "1" }] },
    });
    expect(task.tools.map(({ name }) => name)).toEqual(["get_weather", "add_numbers"]);
    const [first, second] = task.tools;
    if (first === undefined || second === undefined) throw new Error("no tools");
    expect(await call(first, { city: "Rome" })).toBe('{"city":"Rome","days":1,"celsius":21}');
    expect(await call(second, { a: 1, b: 2 })).toBe("3");
    expect(await call(second, { a: 1 })).toBe(
      "error: bad input: b: Invalid input: expected number, received undefined",
    );
    expect(describeTool(first).function).toMatchObject({
      name: "get_weather",
      description: "The weather of a city.",
      parameters: {
        properties: { city: { type: "string" }, days: { type: "integer", default: 1 } },
        required: ["city"],
      },
    });
  });

  it("take JSON schema, with its own validator behind it", async () => {
    const even = sdkTool({
      inputSchema: jsonSchema<{ n: number }>(
        { type: "object", properties: { n: { type: "number" } }, required: ["n"], additionalProperties: false },
        {
          validate: async (value) => {
            const { n } = value as { n: number };
            return n % 2 === 0
              ? { success: true, value: { n: n / 2 } }
              : { success: false, error: new Error("n is odd") };
          },
        },
      ),
      execute: ({ n }) => n,
    });
    expect(await call(one(even), { n: 8 })).toBe("4");
    expect(await call(one(even), { n: 7 })).toBe("error: bad input: n is odd");
    expect(await call(one(even), { n: "7" })).toBe(
      "error: bad input: n: Invalid input: expected number, received string",
    );
    expect(await call(one(even), { m: 1, n: 2 })).toBe('error: bad input: Unrecognized key: "m"');
  });

  it("take zod of either kind behind zodSchema, and what is made when it is needed", async () => {
    const execute = ({ n }: { n: number }): number => n + 1;
    const old = sdkTool({ inputSchema: zodSchema(z3.object({ n: z3.number().max(5, "too large") })), execute });
    expect(await call(one(old), { n: 5 })).toBe("6");
    expect(await call(one(old), { n: 6 })).toBe("error: bad input: n: Too big: expected number to be <=5");
    expect(await call(one(sdkTool({ inputSchema: zodSchema(z.object({ n: z.number() })), execute })), { n: 5 })).toBe(
      "6",
    );
    expect(await call(one({ inputSchema: () => jsonSchema({ type: "object" }), execute: () => "lazy" }), {})).toBe(
      "lazy",
    );
  });

  it("take a Standard Schema that can say itself", async () => {
    const standard = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          (value as { n: number }).n > 3 ? { issues: [{ message: "over 3" }] } : { value: { n: 9 } },
        jsonSchema: { input: () => ({ type: "object", properties: { n: { type: "number" } } }) },
      },
    };
    expect(await call(one({ inputSchema: standard, execute: ({ n }) => n }), { n: 1 })).toBe("9");
    expect(await call(one({ inputSchema: standard, execute: ({ n }) => n }), { n: 4 })).toBe(
      "error: bad input: over 3",
    );
  });

  it("give texts as they are, everything else as JSON, of a stream the last", async () => {
    const gives = (value: unknown): AiSdkTool => sdkTool({ inputSchema: z.object({}), execute: () => value });
    expect(await call(one(gives("<b> & text")), {})).toBe("<b> & text");
    expect(await call(one(gives([1, { a: null }])), {})).toBe('[1,{"a":null}]');
    expect(await call(one(gives(undefined)), {})).toBe("");
    expect(await call(one(gives(10n)), {})).toMatch(/^error: Do not know how to serialize a BigInt/);
    const stream = sdkTool({
      inputSchema: z.object({}),
      async *execute() {
        yield { status: "loading" };
        yield { status: "done", value: 3 };
      },
    });
    expect(await call(one(stream), {})).toBe('{"status":"done","value":3}');
    const dynamic = dynamicTool({ inputSchema: jsonSchema({ type: "object" }), execute: async (input) => ({ input }) });
    expect(await call(one(dynamic), { a: 1 })).toBe('{"input":{"a":1}}');
  });

  it("may say it to a model in their own way", async () => {
    const shown = (said: unknown): AiSdkTool => ({
      inputSchema: z.object({}),
      execute: () => ({ secret: 1 }),
      toModelOutput: () => said,
    });
    expect(await call(one(shown({ type: "text", value: "short" })), {})).toBe("short");
    expect(await call(one(shown({ type: "json", value: { a: 1 } })), {})).toBe('{"a":1}');
    expect(
      await call(
        one(
          shown({
            type: "content",
            value: [
              { type: "text", text: "a" },
              { type: "image-data", data: "AAAA", mediaType: "image/png" },
            ],
          }),
        ),
        {},
      ),
    ).toBe("a\n[image-data image/png]");
    expect(await call(one(shown({ type: "error-text", value: "no such city" })), {})).toBe("error: no such city");
    expect(await call(one(shown({ type: "error-json", value: { code: 5 } })), {})).toBe('error: {"code":5}');
    expect(await call(one(shown({ type: "execution-denied", reason: "not today" })), {})).toBe("error: not today");
    const typed = sdkTool({
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }) => ({ n }),
      toModelOutput: ({ output, input, toolCallId }) => ({
        type: "text",
        value: `${output.n} of ${input.n} in ${toolCallId}`,
      }),
    });
    expect(await call(one(typed), { n: 4 })).toBe("4 of 4 in call-2");
  });

  it("are told the call's id and signal; what they throw is a failed call", async () => {
    let seen: unknown;
    const told = one({ inputSchema: z.object({}), execute: (_, options) => String((seen = options)) });
    const place = { path: "train/3/7/2", before: [], beforeMs: 0 };
    const { signal } = new AbortController();
    await told.execute({}, { state: undefined, call: 4, signal, place });
    expect(seen).toEqual({ toolCallId: "train/3/7/2/4", messages: [], abortSignal: signal });
    const broken = sdkTool({
      inputSchema: z.object({}),
      execute: (): string => {
        throw new Error("it broke");
      },
    });
    expect(await call(one(broken), {})).toBe("error: it broke");
  });

  it("stop streaming when the call is given up", async () => {
    let ended = false;
    const endless = one(
      sdkTool({
        inputSchema: z.object({}),
        async *execute() {
          try {
            for (let i = 0; ; i++) {
              yield i;
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          } finally {
            ended = true;
          }
        },
      }),
    );
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("given up")), 50);
    const output = Promise.resolve(endless.execute({}, { state: undefined, call: 0, signal: stop.signal }));
    expect(await rejectionMessage(output)).toBe("given up");
    expect(ended).toBe(true);
  });
});

describe("tools of the AI SDK that cannot be used", () => {
  const error = (tools: Record<string, AiSdkTool>): string => thrownMessage(() => fromAiSdk(tools));
  const fix = "\n  to fix: give it a zod schema, or JSON schema of type object";

  it("are named with why", () => {
    expect(error({ ask: sdkTool({ inputSchema: z.object({}), outputSchema: z.string() }) })).toBe(
      "the AI SDK's tool ask cannot be used: it has no execute\n  to fix: give it one: nobody else runs it here",
    );
    expect(error({ ask: { ...weather, needsApproval: true } })).toBe(
      "the AI SDK's tool ask cannot be used: it asks a person first (needsApproval)\n" +
        "  to fix: leave needsApproval out: nobody is there to ask",
    );
    const with_ = (inputSchema: unknown): string => error({ ask: { inputSchema, execute: () => "" } });
    expect(with_(z3.object({}))).toBe(
      "the AI SDK's tool ask cannot be used: its inputSchema cannot say itself as JSON schema; " +
        `wrap it with zodSchema(…) of the AI SDK if it is zod 3${fix}`,
    );
    expect(with_(jsonSchema(Promise.resolve({ type: "object" })))).toBe(
      "the AI SDK's tool ask cannot be used: its JSON schema is a promise; await it before, and give what it resolves to" +
        fix,
    );
    expect(with_(undefined)).toBe(
      `the AI SDK's tool ask cannot be used: its inputSchema is neither zod nor jsonSchema(…)${fix}`,
    );
    expect(with_(jsonSchema({ type: "string" }))).toBe(
      `the AI SDK's tool ask cannot be used: its input schema is of type "string"; arguments are named, so it must be "object"${fix}`,
    );
    expect(error({ getWeather: weather, get_weather: weather })).toMatch(
      /^two tools of the AI SDK would be named get_weather\n {2}found: "getWeather" and "get_weather"/,
    );
  });
});
