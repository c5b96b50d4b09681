/** A sampler that loses requests, as a server can: by their id, in the order of their turns. */
import type { Sample, Sampler } from "../../policy/policy.ts";

/** `isLost`: asked once a sample, with its id and how many of that id have come before. */
export function losing(sampler: Sampler, isLost: (id: string, turn: number) => boolean): Sampler {
  const turns = new Map<string, number>();
  const lose = (sample: Sample): Sample => {
    const turn = turns.get(sample.id) ?? 0;
    turns.set(sample.id, turn + 1);
    if (!isLost(sample.id, turn)) return sample;
    return { id: sample.id, ids: [], logprobs: [], entropies: [], finish: "failed", failure: "503: out of memory" };
  };
  return {
    submit: (request) => sampler.submit(request),
    next: async () => (await sampler.next()).map(lose),
    get ledger() {
      return sampler.ledger;
    },
    close: () => sampler.close(),
  };
}
