/** Everything about atlas in English that can be set. */
import { z } from "zod";
import { dialectSchema } from "../dialects/list.ts";

const share = z.number().min(0).max(1);
const count = z.int();

const demonstrations = z.strictObject({
  goOn: share.default(0.4).describe("goes on to the next hop instead of answering with what it has"),
  retry: share.default(0.35).describe("repeats a search that timed out"),
  read: share.default(0.85).describe("reads the right fact of the page, not another one"),
});

/** Schema of the options of `atlasEnglishTask`; all have defaults, unknown ones are errors. */
export const atlasEnglishOptionsSchema = z.strictObject({
  hops: z
    .array(z.number().min(0))
    .min(1)
    .max(5)
    .refine((weights) => weights.some((weight) => weight > 0), "at least one weight must be above 0")
    .default([1, 1, 1])
    .describe("weights of questions of 1, 2, 3 … hops"),
  dialect: dialectSchema
    .default("tags")
    .describe("how calls are written: what the model was trained on, or the paper's tags"),
  timeoutRate: z.number().min(0).max(0.9).default(0.15).describe("share of searches that time out"),
  paraphrases: share.default(0).describe("share of a page's sentences in other words than a thought uses"),
  persons: count.min(3).max(50).default(6).describe("persons of a question's world"),
  places: count
    .min(2)
    .max(50)
    .default(4)
    .describe("cities, and companies, of a question's world; half as many countries"),
  calls: count.min(1).max(32).default(8).describe("searches of a path at most"),
  tokens: count.min(128).max(8192).default(448).describe("tokens of a path at most, prompt and results included"),
  worldSeed: count.min(0).default(1).describe("seed of all worlds, questions and time-outs"),
  demonstrations: demonstrations.prefault({}).describe("how often the demonstrations do what is useful"),
});

export type AtlasEnglishOptions = z.input<typeof atlasEnglishOptionsSchema>;
export type AtlasEnglishSettings = z.output<typeof atlasEnglishOptionsSchema>;
export type EnglishHabits = AtlasEnglishSettings["demonstrations"];

/** Demonstrations that do everything right. */
export const carefulEnglish: EnglishHabits = { goOn: 1, retry: 1, read: 1 };
