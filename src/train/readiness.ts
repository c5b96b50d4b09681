/** Readiness of a cold start: does the policy, decoding greedily, continue the task's probes as expected? */
import type { AnyTask } from "../envs/task.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { randomStream } from "../std/random.ts";

const PROBE_QUESTIONS = 100;

/** Share of probes continued exactly, on held-out questions; null for a task without probes. */
export async function measureProbes(
  { task, tokenizer, policy, seed }: { task: AnyTask; tokenizer: Tokenizer; policy: Policy; seed: number },
  step: number,
): Promise<number | null> {
  const probes = Array.from({ length: PROBE_QUESTIONS }, (_, i) => i).flatMap(
    (i) => task.probes?.(task.question("test", i), randomStream(seed, "probe", step, i)) ?? [],
  );
  if (probes.length === 0) return null;
  const sampler = policy.openSampler();
  const expected = new Map<string, string>();
  for (const [index, probe] of probes.entries()) {
    const id = String(index);
    expected.set(id, probe.expected);
    const maxTokens = tokenizer.encode(probe.expected).length;
    sampler.submit({ id, ids: tokenizer.encode(probe.prefix), stop: [], maxTokens, temperature: 0, seed: 0 });
  }
  let right = 0;
  for (let samples = await sampler.next(); samples.length > 0; samples = await sampler.next()) {
    for (const sample of samples) if (tokenizer.decode(sample.ids) === expected.get(sample.id)) right++;
  }
  await sampler.close();
  return right / probes.length;
}
