/** Everything about atlas that can be set. The defaults are the standard world; harder ones are for comparisons. */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { namesOf, professions } from "./words.ts";

const share = z.number().min(0).max(1);
const count = z.number().int();

const demonstrations = z.strictObject({
  qualify: share.default(0.15).describe("says the profession when the name is ambiguous"),
  notice: share.default(0.05).describe("notices the page of the wrong namesake and searches again"),
  open: share.default(0.25).describe("opens the next part when the fact is not on this one"),
  retry: share.default(0.15).describe("repeats a call that timed out"),
  read: share.default(1).describe("reads the right fact when it is on the part shown"),
});

/** Schema of the options of `atlasTask`; all have defaults, unknown ones are errors. */
export const atlasOptionsSchema = z.strictObject({
  persons: count.min(3).max(1000).default(300).describe("persons of a world"),
  cities: count.min(2).max(300).default(120).describe("cities of a world"),
  countries: count.min(2).max(300).default(40).describe("countries of a world"),
  companies: count.min(2).max(300).default(100).describe("companies of a world"),
  hops: z
    .array(z.number().min(0))
    .min(1)
    .max(8)
    .refine((weights) => weights.some((weight) => weight > 0), "at least one weight must be above 0")
    .default([1, 2, 2])
    .describe("weights of questions of 1, 2, 3 … hops"),
  ambiguity: share.default(0.15).describe("share of persons who share their name with others"),
  namesakes: count.min(2).max(professions.length).default(2).describe("persons of one ambiguous name"),
  timeoutRate: z.number().min(0).max(0.9).default(0.12).describe("share of calls that time out"),
  extraFacts: count.min(0).max(4).default(0).describe("facts of a page beyond the usual four"),
  factsPerPart: count.min(1).max(8).default(2).describe("facts on one part of a page"),
  calls: count.min(1).max(64).default(9).describe("tool calls of a path at most"),
  tokens: count.min(48).max(4096).default(192).describe("tokens of a path at most, prompt and results included"),
  worldSeed: count.min(0).default(1).describe("seed of all worlds, questions and time-outs"),
  questionsPerWorld: count.min(1).default(480).describe("training questions before a fresh world is drawn"),
  testWorlds: count.min(1).max(64).default(1).describe("held-out worlds; question i is about world i modulo this"),
  multiToolBonus: z.number().min(0).default(0).describe("AEPO-W3, the paper's is 0.1: added for using search and open"),
  demonstrations: demonstrations
    .prefault({})
    .describe("how often the demonstrations do what is useful; elsewhere they guess or give up"),
});

export type AtlasOptions = z.input<typeof atlasOptionsSchema>;
export type AtlasSettings = z.output<typeof atlasOptionsSchema>;

/** Demonstrations that do everything right. */
export const carefulAtlas = { qualify: 1, notice: 1, open: 1, retry: 1, read: 1 } as const;

/** Persons of ambiguous name come in whole groups. */
export function ambiguousPersons(settings: Pick<AtlasSettings, "persons" | "ambiguity" | "namesakes">): number {
  return Math.floor((settings.persons * settings.ambiguity) / settings.namesakes) * settings.namesakes;
}

/** Options with defaults filled in. Throws AepoError("config") that names every field that is wrong. */
export function atlasSettings(options: AtlasOptions = {}): AtlasSettings {
  const parsed = atlasOptionsSchema.safeParse(options);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${["atlas", ...issue.path].join(".")}: ${issue.message}`);
    throw new AepoError("config", `bad options of atlas: ${faults.join("; ")}`, {
      expected: `fields ${Object.keys(atlasOptionsSchema.shape).join(", ")}`,
    });
  }
  const settings = parsed.data;
  const ambiguous = ambiguousPersons(settings);
  if (settings.persons - ambiguous < 2) {
    throw new AepoError(
      "config",
      `atlas: all but ${settings.persons - ambiguous} of ${settings.persons} persons share a name`,
      {
        expected: "at least 2 whose name is their own: facts never point to an ambiguous name",
        fix: "lower atlas.ambiguity or raise atlas.persons",
      },
    );
  }
  const names =
    settings.persons -
    ambiguous +
    ambiguous / settings.namesakes +
    settings.cities +
    settings.countries +
    settings.companies;
  const free = namesOf("test").length;
  if (names > free) {
    throw new AepoError("config", `atlas: a world of ${names} names is too large`, {
      expected: `at most ${free} names, which is what held-out worlds have`,
      fix: "lower atlas.persons, cities, countries or companies",
    });
  }
  return settings;
}
