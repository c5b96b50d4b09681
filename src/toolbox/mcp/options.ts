/** Options of a server of the Model Context Protocol, as a recipe writes them. */
import { z } from "zod";

const OF_COMMAND = ["args", "cwd", "env", "set"] as const;
const OF_URL = ["headers", "keyEnv"] as const;

export const mcpOptionsSchema = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .optional()
      .describe("Program that is the server, speaking on its input and output. Or url."),
    args: z.array(z.string()).optional().describe("Arguments of the program."),
    cwd: z.string().min(1).optional().describe("Folder the program starts in; by default the current one."),
    env: z
      .array(z.string().min(1))
      .optional()
      .describe("Environment variables the program gets as they are here; PATH by default, and no others."),
    set: z
      .record(z.string(), z.string())
      .optional()
      .describe("Environment variables the program gets, with their values."),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of a server that speaks streamable HTTP. Or command."),
    headers: z.record(z.string(), z.string()).optional().describe("HTTP headers sent with every request."),
    keyEnv: z.string().min(1).optional().describe("Environment variable with the key that is sent as bearer token."),
    prefix: z
      .string()
      .regex(/^[a-z0-9_]+$/, "lower-case letters, digits and _ only")
      .optional()
      .describe("Put before the names of the tools, with an _."),
    tools: z.array(z.string()).min(1).optional().describe("The server's tools to offer, by its names; all by default."),
    badSchemas: z
      .enum(["error", "skip"])
      .default("error")
      .describe("Whether a tool whose input schema cannot be read is an error at start or left out."),
    startTimeoutMs: z.int().min(1).default(30_000).describe("Time limit of starting the server and listing its tools."),
    timeoutMs: z.int().min(1).default(60_000).describe("Time limit of one call."),
    restarts: z
      .int()
      .min(0)
      .default(20)
      .describe("Restarts one after another, without an answer between them, before the server is given up."),
    backOffMs: z
      .int()
      .min(1)
      .default(250)
      .describe("Wait before the second restart in a row; doubled each time, 30 s at most. The first is at once."),
  })
  .superRefine((options, context) => {
    const { command, url } = options;
    if ((command === undefined) === (url === undefined)) {
      const what = url === undefined ? "neither command nor url is given" : "both command and url are given";
      context.addIssue({ code: "custom", path: [], message: `${what}; give one of them` });
      return;
    }
    const [given, ...useless] =
      command === undefined ? (["url", ...OF_COMMAND] as const) : (["command", ...OF_URL] as const);
    for (const field of useless) {
      if (options[field] === undefined) continue;
      context.addIssue({ code: "custom", path: [field], message: `has no effect with ${given}; leave it out` });
    }
  });

export type McpOptions = z.output<typeof mcpOptionsSchema>;
export type McpOptionsInput = z.input<typeof mcpOptionsSchema>;
