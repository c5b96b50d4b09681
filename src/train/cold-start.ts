/** A cold start from nothing to a model folder: a fresh policy, the task's demonstrations, the files to train from. */
import type { AnyTask } from "../envs/task.ts";
import { AepoError } from "../std/errors.ts";
import type { ColdStartConfig } from "./config.ts";
import { newPolicy, openPolicy } from "./open.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import { checkPolicyFitsTask } from "./policy-fit.ts";
import { measureProbes } from "./readiness.ts";
import { runSft, type SftRequest } from "./sft-run.ts";
import { taskSource } from "./sft-source.ts";

export interface ColdStartOptions extends SftRequest {
  readonly task: AnyTask;
  readonly config: ColdStartConfig;
  /** The recipe, task included. */
  readonly resolved: object;
}

/** Returns the folder: config.json, model.safetensors, tokenizer.json. */
export async function coldStart({ task, config, resolved, ...request }: ColdStartOptions): Promise<string> {
  const opened = await openOrigin(task, config);
  const { policy, tokenizer } = opened;
  const { seed, sft } = config;
  try {
    checkPolicyFitsTask(task, policy.info, tokenizer);
    return await runSft({
      ...request,
      opened,
      source: taskSource(task, tokenizer, { seed, batch: sft.batch }),
      config,
      options: sft,
      resolved,
      measureProbes: (step) => measureProbes({ task, tokenizer, policy, seed }, step),
    });
  } finally {
    await opened.close();
  }
}

/** A policy from scratch, or the one to go on from. */
function openOrigin(task: AnyTask, { model, from, policy, seed }: ColdStartConfig): Promise<OpenPolicy> {
  const training = { seed, sequenceTokens: task.limits.tokens, samples: false };
  if (model === undefined) return openPolicy({ ...policy, checkpoint: from ?? "" }, training);
  if (task.vocabulary !== undefined) return newPolicy(policy, model, task.vocabulary, training);
  throw new AepoError("config", `the task "${task.name}" lists no vocabulary to make a policy for`, {
    fix: "give it `vocabulary`, or start from a checkpoint that knows its words",
  });
}
