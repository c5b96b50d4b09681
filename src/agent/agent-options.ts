/** A task out of a recipe: data, tools and a reward, each with the options of its own room. Nothing here is opened. */
import { z } from "zod";
import { questionDataSchema } from "../data/question-options.ts";
import { dialectSchema } from "../envs/dialects/list.ts";
import { rewardOptionsSchema } from "../rewards/options.ts";
import { trafficOptionsSchema } from "../toolbox/traffic/options.ts";
import { aroundOptionsSchema } from "../tools/around/options.ts";
import { toolsSchema } from "./tool-options.ts";

const limitsSchema = z
  .strictObject({
    calls: z.int().positive().default(6).describe("Tool calls of a path."),
    turns: z.int().positive().optional().describe("Turns of a path (default: one more than calls)."),
    tokens: z.int().min(2).default(4096).describe("Tokens of a path, prompt and results included."),
  })
  .refine(({ calls, turns }) => turns === undefined || turns <= calls + 1, {
    path: ["turns"],
    message: "has no effect above calls + 1: a path that has made its last call has one turn left",
  });

export const aroundSchema = z
  .record(z.string(), aroundOptionsSchema)
  .describe(
    "What stands around the tools: by the name of a tool, or `all`: what a tool's own entry does not say is taken from there. Limits of `all` are shared by the tools without an entry of their own.",
  );

export const agentOptionsSchema = z
  .strictObject({
    name: z.literal("agent"),
    dialect: dialectSchema
      .default("tags")
      .describe("How calls are written: the paper's tags, or as the model's family does (hermes: Qwen; llama3)."),
    prompt: z
      .enum(["chat", "plain"])
      .default("chat")
      .describe("chat: the model's chat template asks the question; plain: its text alone, for models without one."),
    system: z
      .string()
      .optional()
      .describe(
        'What the model is told first; "" for nothing. Default: with dialect tags what the data says, else how tools are called; with others nothing, since the template describes the tools.',
      ),
    tools: toolsSchema,
    around: aroundSchema.optional(),
    data: questionDataSchema.describe("Questions to train and to test on."),
    reward: rewardOptionsSchema.default({ preset: "paper" }).describe("What a path is worth."),
    limits: limitsSchema.prefault({}),
    entropyWindow: z
      .strictObject({
        tokens: z.int().positive().default(20).describe("AEPO-H2: tokens after a tool result that are measured …"),
        skip: z.int().nonnegative().default(0).describe("… after so many."),
      })
      .prefault({}),
    traffic: trafficOptionsSchema
      .optional()
      .describe("Record the whole tool traffic of a run in a file, or answer every call from one."),
  })
  .superRefine(({ dialect, prompt, system }, context) => {
    const wrong = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (prompt === "plain" && system !== undefined) {
      wrong("system", "has no effect with prompt: plain, which is the question's text alone; leave it out");
    }
    if (prompt === "plain" && dialect !== "tags") {
      wrong("prompt", `plain leaves the model without its tools: dialect ${dialect} needs the chat template`);
    }
  });
export type AgentOptions = z.output<typeof agentOptionsSchema>;
export type AgentOptionsInput = z.input<typeof agentOptionsSchema>;
