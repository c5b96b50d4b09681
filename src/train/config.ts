/**
 * The one config object of a run. Each room exports the schema of its own options; this file only composes them. The
 * resolved config, every default filled in, is saved in the run folder, and resuming reads it from there.
 */
import { z } from "zod";
import { type AlgorithmOptions, algorithmSchema } from "../algorithm/list.ts";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { modelConfigSchema } from "../policy/config.ts";
import { budgetProblem, budgetSchema, type EndRule, plannedSteps } from "./budget.ts";
import { dataSchema } from "./data-options.ts";
import { engineIssues } from "./engine-fit.ts";
import { maxLogprobGapSchema } from "./gap-levels.ts";
import { offPolicySchema } from "./off-policy.ts";
import { optimizerSchema } from "./optimizer.ts";
import { anyPolicySchema, policySchema } from "./policy-options.ts";
import { dataSftOptionsSchema, sftOptionsSchema } from "./sft.ts";
import { taskSchema } from "./tasks.ts";

export { type PolicyOptions, policySchema } from "./policy-options.ts";

const fullDistribution = z
  .never({
    error:
      "training draws from the full distribution (AEPO-H1: no top-p, top-k, min-p or penalty); settings of evaluation go under eval.shaping",
  })
  .optional();

const trainSchema = z.strictObject({
  steps: z.int().positive().optional().describe("Rollout batches; or a budget."),
  questionsPerStep: z.int().positive().default(8).describe("Questions (groups) a step."),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe("Temperature of rollouts, log-probabilities and loss alike (AEPO-H1)."),
  overlap: z
    .boolean()
    .default(false)
    .describe("Decode while slow tools run; gives up byte-equality between runs (AEPO-R10)."),
  toolTimeoutMs: z.int().positive().default(30_000).describe("A tool call that takes longer is a failed call."),
  maxLogprobGap: maxLogprobGapSchema
    .optional()
    .describe(
      "How far a token's sampled and recomputed log-probability may be apart: warn (one token in a hundred is) and stop (any is); a number alone is stop, null: never. Defaults: 1e-5 and 1e-3 of engine embedded, 1e-2 and 1 of engine tinker.",
    ),
  offPolicy: offPolicySchema
    .optional()
    .describe("Roll out the next step while this one trains, with weights that are then a step old (default: do not)."),
  onCollapse: z
    .enum(["warn", "stop", "rollback"])
    .default("warn")
    .describe(
      "When training dies (see the warnings): say so; end the run; or go back to the last good checkpoint with half the learning rate.",
    ),
  budget: budgetSchema
    .optional()
    .describe("Train until so much is spent, instead of steps; warmup and decay are then shares of it."),
  shaping: fullDistribution,
  topP: fullDistribution,
  topK: fullDistribution,
  minP: fullDistribution,
  repetitionPenalty: fullDistribution,
});

const evalSchema = evalOptionsSchema.safeExtend({
  every: z.int().nonnegative().default(5).describe("Steps between evaluations; 0: none, not even at the ends."),
  progressQuestions: z
    .int()
    .positive()
    .default(100)
    .describe("Questions of the evaluations between the first and the last, one sample each."),
});

const runSchema = z.strictObject({
  folder: z.string().optional().describe("Run folder (default: runs/TASK-ALGORITHM-SEED)."),
  checkpointEvery: z.int().positive().default(1).describe("Steps between checkpoints."),
  keep: z.int().positive().default(2).describe("Last checkpoints kept; the best one is always kept."),
  keepRollouts: z
    .boolean()
    .default(true)
    .describe("Keep finished rollouts until a checkpoint holds their step: a killed run does not roll out again."),
  rolloutsEvery: z.int().nonnegative().default(1).describe("Steps between those whose trees are written; 0: none."),
});

const settings = {
  seed: z.int().nonnegative().default(1).describe("Seed of every random stream."),
  algorithm: algorithmSchema,
  policy: anyPolicySchema,
  optimizer: optimizerSchema,
  train: trainSchema,
  eval: evalSchema.prefault({}),
  run: runSchema.prefault({}),
};

/** AEPO-L7: whole questions can be dealt over at most as many updates. */
function updatesFit({
  algorithm,
  train,
}: {
  algorithm: AlgorithmOptions;
  train: { questionsPerStep: number };
}): boolean {
  return algorithm.minibatch !== "trees" || algorithm.updates <= train.questionsPerStep;
}

const UPDATES_ISSUE = {
  message: 'with minibatch "trees" there can be at most as many updates as questionsPerStep',
  path: ["algorithm", "updates"],
};

/** One rule says when training ends, and it can be met. */
function endIsGiven(
  { algorithm, train }: { readonly algorithm: AlgorithmOptions; readonly train: EndRule },
  context: z.core.$RefinementCtx,
): void {
  if ((train.steps === undefined) === (train.budget === undefined)) {
    context.addIssue({
      code: "custom",
      path: ["train", train.steps === undefined ? "steps" : "budget"],
      message: "say when training ends, by steps or by budget (unit: rollouts, tokens or calls; amount), not by both",
    });
  }
  const problem = budgetProblem(train, algorithm.groupSize);
  if (problem !== null) context.addIssue({ code: "custom", path: ["train", "budget", "amount"], message: problem });
}

/** B-PPO: steps that train the value head alone train no policy. */
function warmupFits({ algorithm, train }: { algorithm: AlgorithmOptions; train: EndRule }): boolean {
  if (algorithm.name !== "ppo") return true;
  const steps = plannedSteps(train, algorithm.groupSize);
  // Said by another rule, or not known before.
  return steps === null || steps === 0 || algorithm.criticWarmup < steps;
}

const WARMUP_ISSUE = {
  message:
    "criticWarmup (B-PPO) leaves the policy no step to learn in: set it below the run's number of steps, or give the run more",
  path: ["algorithm", "criticWarmup"],
};

/** The engine can do what the rest asks of it. */
function engineFits(config: Parameters<typeof engineIssues>[0], context: z.core.$RefinementCtx): void {
  for (const { path, message } of engineIssues(config)) context.addIssue({ code: "custom", path, message });
}

/** A run on a task given as a value (from TypeScript). */
export const runConfigSchema = z
  .strictObject(settings)
  .refine(updatesFit, UPDATES_ISSUE)
  .refine(warmupFits, WARMUP_ISSUE)
  .superRefine(endIsGiven)
  .superRefine(engineFits);
export type RunConfig = z.output<typeof runConfigSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

/** A recipe: the same, with a task by name. */
export const recipeSchema = z
  .strictObject({ task: taskSchema, ...settings })
  .refine(updatesFit, UPDATES_ISSUE)
  .refine(warmupFits, WARMUP_ISSUE)
  .superRefine(endIsGiven)
  .superRefine(engineFits);
export type Recipe = z.output<typeof recipeSchema>;

const sftSettings = {
  seed: settings.seed,
  policy: policySchema.omit({ checkpoint: true }).prefault({}),
  optimizer: optimizerSchema,
  out: z.string().describe("Folder the model is written to."),
};

const coldStartSettings = {
  ...sftSettings,
  model: modelConfigSchema
    .omit({ vocab_size: true })
    .optional()
    .describe("Sizes of a policy made from scratch for the task's words; or from."),
  from: policySchema.shape.checkpoint.optional().describe("A checkpoint to go on from; or model."),
  sft: sftOptionsSchema,
};

function hasOneOrigin({ model, from }: { model?: object | undefined; from?: string | undefined }): boolean {
  return (model === undefined) !== (from === undefined);
}

const ORIGIN_ISSUE = {
  message: "give either model (a policy made from scratch) or from (a checkpoint to go on from)",
  path: ["model"],
};

/** Beside random weights that never change adapters learn nothing of use. */
function adaptsWhatExists({ model, policy }: { model?: object | undefined; policy: { lora?: object | undefined } }) {
  return model === undefined || policy.lora === undefined;
}

const ADAPTERS_ISSUE = {
  message: "adapters need trained weights beside them: give from (a checkpoint) instead of model, or leave lora out",
  path: ["policy", "lora"],
};

/** A cold start on a task given as a value: a policy made from scratch and taught by demonstrations. */
export const coldStartSchema = z
  .strictObject(coldStartSettings)
  .refine(hasOneOrigin, ORIGIN_ISSUE)
  .refine(adaptsWhatExists, ADAPTERS_ISSUE);
export type ColdStartConfig = z.output<typeof coldStartSchema>;
export type ColdStartConfigInput = z.input<typeof coldStartSchema>;

/** The same with a task by name. */
export const sftRecipeSchema = z
  .strictObject({ task: taskSchema, ...coldStartSettings })
  .refine(hasOneOrigin, ORIGIN_ISSUE)
  .refine(adaptsWhatExists, ADAPTERS_ISSUE);

const fineTuneSettings = {
  ...sftSettings,
  data: dataSchema,
  from: policySchema.shape.checkpoint.describe("The model that learns from the data."),
  sft: dataSftOptionsSchema.prefault({}),
};

/** Supervised training of a pretrained model on conversations of a data file. */
export const fineTuneSchema = z.strictObject(fineTuneSettings);
export type FineTuneConfig = z.output<typeof fineTuneSchema>;
export type FineTuneConfigInput = z.input<typeof fineTuneSchema>;

const noTask = z.never({ error: "give either task (its demonstrations are learnt) or data (a file's conversations)" });
const noModel = z.never({
  error: "a policy made from scratch knows only a task's words: data needs from, a pretrained model",
});

/** A recipe of `aepo sft` with `data` instead of a task. */
export const dataRecipeSchema = z.strictObject({
  ...fineTuneSettings,
  task: noTask.optional(),
  model: noModel.optional(),
});
