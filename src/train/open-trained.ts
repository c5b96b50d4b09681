/** The policy that a run has trained, as one of its checkpoints holds it: in this process, or on the server where it was trained. */
import { openCheckpoint } from "../run/checkpoint.ts";
import { openPolicy } from "./open.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import type { AnyPolicyOptions } from "./policy-options.ts";

/** `folder`: of the checkpoint. */
export async function openTrained(options: AnyPolicyOptions, folder: string, seed: number): Promise<OpenPolicy> {
  if (options.engine !== "tinker") {
    // The checkpoint has its adapters in it.
    const { lora: _, ...rest } = options;
    return openPolicy({ ...rest, checkpoint: folder });
  }
  const opened = await openPolicy(options, { seed, sequenceTokens: 0, samples: true });
  try {
    await opened.policy.load(openCheckpoint(folder).store);
    return opened;
  } catch (thrown) {
    await opened.close();
    throw thrown;
  }
}
