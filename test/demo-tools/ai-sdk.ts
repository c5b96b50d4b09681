/** Tools of the Vercel AI SDK, made with the SDK itself. */
import { jsonSchema, tool as sdkTool } from "ai";
import { z } from "zod";
import { callTool } from "../../src/rollout/call-tool.ts";
import { fromAiSdk } from "../../src/tools/ai-sdk.ts";
import { type ToolDemo, tried } from "./tool-demo.ts";

export const demo: ToolDemo = {
  name: "ai-sdk",
  async rows() {
    const tools = fromAiSdk({
      getWeather: sdkTool({
        description: "The weather of a city.",
        inputSchema: z.object({ city: z.string(), days: z.int().default(1) }),
        execute: async ({ city }) => ({ city, celsius: 21 }),
      }),
      countDown: sdkTool({
        inputSchema: jsonSchema<{ from: number }>({
          type: "object",
          properties: { from: { type: "integer" } },
          required: ["from"],
        }),
        async *execute({ from }) {
          for (let left = from; left >= 0; left--) yield { left };
        },
      }),
    });
    const call = (tool: string, input: object) => async () => {
      const request = { tool, input: JSON.stringify(input), call: 0, state: undefined };
      return (await callTool(tools, request, 10_000, new Set())).text;
    };
    return [
      await tried("getWeather, zod", call("get_weather", { city: "Rome" }), '{"city":"Rome","celsius":21}'),
      await tried(
        "bad input",
        call("get_weather", { city: 5 }),
        /^error: bad input: city: .*expected string, received number$/,
      ),
      await tried("a stream, JSON schema", call("count_down", { from: 3 }), '{"left":0}'),
    ];
  },
};
