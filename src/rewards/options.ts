/** Rewards as recipes write them: `reward: paper`, or `reward: { parts: [{ math: { weight: 1 } }, length: {…}] }`. */
import { z } from "zod";
import { codeOptionsSchema } from "./code/code-options.ts";
import { judgeOptionsSchema } from "./judge/judge-options.ts";

const when = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .optional()
  .describe("only for questions whose data has these values, e.g. { ability: math }");
const weight = z.number().default(1).describe("what the score is multiplied with; 0: only logged");
const accuracy = (name: string) =>
  z.strictObject({ name: z.string().min(1).default(name).describe("as it stands in logs"), weight, when });

export const mathPartSchema = accuracy("math").extend({
  threads: z.int().min(1).max(64).default(1).describe("expressions compared at once, each in a thread of about 110 MB"),
  timeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(5000)
    .describe("time for one comparison; what takes longer is not equal"),
});

export const jsonPartSchema = accuracy("json").extend({
  schema: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("JSON schema of every answer; by default each question's accepted answer is its schema"),
});

const lengthPartSchema = z
  .strictObject({
    name: z.string().min(1).default("length").describe("as it stands in logs"),
    weight,
    when,
    of: z.enum(["answer", "turns"]).default("turns").describe("what is measured: the answer, or all the policy wrote"),
    free: z.int().min(0).describe("characters that cost nothing"),
    limit: z.int().min(1).describe("characters from which on the price is 1"),
  })
  .refine(({ free, limit }) => free < limit, { path: ["limit"], message: "must be above free" });

const bonusPartSchema = z.strictObject({
  name: z.string().min(1).default("bonus").describe("as it stands in logs"),
  weight: z.number().default(0.1).describe("AEPO-W3: added where the accuracy is above 0"),
  when,
  atLeast: z.int().min(1).default(2).describe("different tools that must have worked"),
  tools: z.array(z.string()).min(1).optional().describe("only these tools count; all by default"),
});

/** Each part by its kind; a list entry has exactly one. */
export const partSchemas = {
  exact: accuracy("exact"),
  f1: accuracy("f1"),
  math: mathPartSchema,
  choice: accuracy("choice"),
  json: jsonPartSchema,
  code: codeOptionsSchema.extend({ when }),
  judge: judgeOptionsSchema.extend({ when }),
  bonus: bonusPartSchema,
  length: lengthPartSchema,
} as const;
export type PartKind = keyof typeof partSchemas;

/** Those that look at the answer alone: they can be tried on pairs. */
export const accuracyKinds = ["math", "exact", "f1", "choice", "json", "code", "judge"] as const;

const kinds = Object.keys(partSchemas).join(", ");
const optional = <T extends z.ZodType>(schema: T) => schema.optional();

/** `math` alone is `{ math: {} }`. */
const partSchema = z.preprocess(
  (given) => (typeof given === "string" ? { [given]: {} } : given),
  z
    .strictObject({
      exact: optional(partSchemas.exact).describe("exact match after SQuAD's normalisation"),
      f1: optional(partSchemas.f1).describe("token F1"),
      math: optional(partSchemas.math).describe("mathematical equivalence"),
      choice: optional(partSchemas.choice).describe("multiple choice"),
      json: optional(partSchemas.json).describe("JSON that a schema accepts"),
      code: optional(partSchemas.code).describe("python programs, by tests in the sandbox"),
      judge: optional(partSchemas.judge).describe("a model as judge"),
      bonus: optional(partSchemas.bonus).describe("a bonus for using several tools"),
      length: optional(partSchemas.length).describe("a price of length"),
    })
    .refine((part) => Object.values(part).filter((one) => one !== undefined).length === 1, {
      message: `a part is exactly one of ${kinds}`,
    }),
);

export type PartSettings = z.output<typeof partSchema>;

const composedSchema = z
  .strictObject({
    preset: z
      .enum(["paper", "released"])
      .optional()
      .describe("AEPO-W1 … W4 as the paper has them, or as its released code computes them; instead of parts"),
    multiToolBonus: z.number().optional().describe("AEPO-W3 of the preset paper (0.1)"),
    accuracy: z
      .array(partSchema)
      .min(1)
      .optional()
      .describe("AEPO-W2 of the preset paper, e.g. [{ math: { when: { ability: math } } }, …]; token F1 by default"),
    parts: z.array(partSchema).min(1).optional().describe("what the reward is the weighted sum of"),
    formatPenalty: z.number().max(0).optional().describe("total of a path whose format is broken (-1)"),
    correct: z.string().optional().describe("name of the accuracy that says what is correct; all of them by default"),
  })
  .superRefine((reward, context) => {
    const wrong = (field: keyof typeof reward, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    const { preset, parts } = reward;
    if (preset === undefined && parts === undefined) wrong("parts", "give parts, or a preset: paper or released");
    if (preset !== undefined && parts !== undefined) wrong("parts", "contradicts preset: leave one of them out");
    for (const field of ["accuracy", "multiToolBonus"] as const) {
      if (reward[field] !== undefined && preset !== "paper") wrong(field, "has an effect with preset: paper only");
    }
    for (const field of ["formatPenalty", "correct"] as const) {
      if (reward[field] !== undefined && preset !== undefined) wrong(field, "has an effect with parts only");
    }
  });

/** A preset's name alone is `{ preset: NAME }`. */
export const rewardOptionsSchema = z.preprocess(
  (given) => (typeof given === "string" ? { preset: given } : given),
  composedSchema,
);
export type RewardOptions = z.output<typeof rewardOptionsSchema>;
/** As a recipe or a program writes it. */
export type RewardInput = "paper" | "released" | z.input<typeof composedSchema>;
