/** Recording and replaying the tool traffic of a run, as a recipe says it. */
import { z } from "zod";

const file = z.string().min(1).describe("JSONL file of the run's whole tool traffic.");

export const trafficOptionsSchema = z.discriminatedUnion("mode", [
  z
    .strictObject({ mode: z.literal("record"), file })
    .describe("Write every call down; a run that is resumed takes what it has recorded from the file and goes on."),
  z
    .strictObject({
      mode: z.literal("replay"),
      file,
      match: z
        .enum(["place", "call"])
        .default("place")
        .describe(
          "place: what was said to the same path of the same question at the same step (the same run again); call: what was said to an equal call, wherever (another run on the same traffic).",
        ),
      missing: z
        .enum(["stop", "fail"])
        .default("stop")
        .describe("A call that was not recorded: stop the run; or let the call fail, and tell the policy."),
    })
    .describe("Answer every call from the file; no tool is called."),
]);
export type TrafficOptions = z.output<typeof trafficOptionsSchema>;
