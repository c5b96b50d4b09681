/**
 * The one config object of a run. Each room exports the schema of its own options; this file only composes them. The
 * resolved config, every default filled in, is saved in the run folder, and resuming reads it from there.
 */
import { z } from "zod";
import { type AlgorithmOptions, algorithmSchema } from "../algorithm/list.ts";
import { DEVICES } from "../engine/onnx/emitter.ts";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { modelConfigSchema } from "../policy/config.ts";
import { loraSchema } from "../policy/lora.ts";
import { budgetProblem, budgetSchema, type EndRule, plannedSteps } from "./budget.ts";
import { dataSchema } from "./data-options.ts";
import { optimizerSchema } from "./optimizer.ts";
import { dataSftOptionsSchema, sftOptionsSchema } from "./sft.ts";
import { taskSchema } from "./tasks.ts";

export const policySchema = z.strictObject({
  checkpoint: z
    .string()
    .describe("Where the weights are: bundled:NAME, a run folder (its best checkpoint), or a checkpoint folder."),
  device: z
    .enum(DEVICES)
    .default("cpu")
    .describe("Execution provider; cuda where onnxruntime-node was installed with it."),
  threads: z.int().positive().optional().describe("Threads of the engine (default: the cores of the machine)."),
  microBatchTokens: z.int().positive().default(2048).describe("Most tokens of one forward and backward."),
  slots: z.int().positive().default(64).describe("Sequences decoded together."),
  cacheTokens: z.int().positive().default(32768).describe("Tokens of the shared key/value cache."),
  lora: loraSchema
    .optional()
    .describe("Train low-rank adapters beside the weights, which stay as they are (default: train all weights)."),
  recompute: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe("Compute layers again in the backward pass instead of keeping them; auto: where memory needs it."),
  memoryGiB: z
    .number()
    .positive()
    .optional()
    .describe("Memory a run may take (default: most of what the machine has free when it starts)."),
});
export type PolicyOptions = z.output<typeof policySchema>;

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
  maxLogprobGap: z
    .number()
    .positive()
    .nullable()
    .default(1e-3)
    .describe(
      "Largest gap between a token's sampled and recomputed log-probability; a larger one ends the run (null: never).",
    ),
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
  rolloutsEvery: z.int().nonnegative().default(1).describe("Steps between those whose trees are written; 0: none."),
});

const settings = {
  seed: z.int().nonnegative().default(1).describe("Seed of every random stream."),
  algorithm: algorithmSchema,
  policy: policySchema,
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

/** A run on a task given as a value (from TypeScript). */
export const runConfigSchema = z
  .strictObject(settings)
  .refine(updatesFit, UPDATES_ISSUE)
  .refine(warmupFits, WARMUP_ISSUE)
  .superRefine(endIsGiven);
export type RunConfig = z.output<typeof runConfigSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

/** A recipe: the same, with a task by name. */
export const recipeSchema = z
  .strictObject({ task: taskSchema, ...settings })
  .refine(updatesFit, UPDATES_ISSUE)
  .refine(warmupFits, WARMUP_ISSUE)
  .superRefine(endIsGiven);
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
