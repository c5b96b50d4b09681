/** The lines of a traffic file: a header that says which run it is, then one line a call, in the order in which calls ended. */
import { z } from "zod";
import { canonicalJson } from "../../std/canonical-json.ts";
import type { TrafficCall } from "../../tools/around/traffic.ts";

const json = z.json();
const spent = z.strictObject({ calls: z.number(), seconds: z.number(), cost: z.number() });
const call = {
  kind: z.literal("call"),
  path: z.string(),
  call: z.number(),
  tool: z.string(),
  input: json,
  /** How often the path had made the same call before. */
  again: z.number(),
  ms: z.number(),
  paid: spent,
};

/** A tool as it was when it was recorded: the model is told of the same one, whether the tool is there or not. */
const recordedTool = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** JSON schema of what `execute` is given. */
  input: z.record(z.string(), json),
});
export type RecordedTool = z.output<typeof recordedTool>;

const header = z.strictObject({
  kind: z.literal("traffic"),
  version: z.literal(1),
  run: z.string(),
  tools: z.array(recordedTool).optional(),
});
const said = z.strictObject({ ...call, text: z.string(), state: json.optional() });
const failed = z.strictObject({ ...call, failed: z.string(), late: z.literal(true).optional() });

export const trafficLineSchema = z.union([said, failed, header]);
export type TrafficLine = z.output<typeof trafficLineSchema>;
export type HeaderLine = z.output<typeof header>;
export type CallLine = Exclude<TrafficLine, { kind: "traffic" }>;

/** What an equal call of the same path has. */
export function placeKey({ path, tool, input }: Pick<TrafficCall, "path" | "tool" | "input">): string {
  return canonicalJson([path, tool, input]);
}

/** What an equal call has, wherever. */
export function callKey({ tool, input }: Pick<TrafficCall, "tool" | "input">): string {
  return canonicalJson([tool, input]);
}
