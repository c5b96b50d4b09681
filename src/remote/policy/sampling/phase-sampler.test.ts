import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../../test/support/thrown.ts";
import { request } from "../../../policy/conformance-sampling.ts";
import type { PolicyInfo } from "../../../policy/policy.ts";
import { TinkerFailure } from "../../client/failure.ts";
import type { RemoteSampler } from "../../client/tinker-client.ts";
import { PhaseSampler } from "./phase-sampler.ts";

const info: PolicyInfo = {
  description: "",
  vocabularySize: 12,
  maxSequenceTokens: 64,
  entropy: "surprisal",
  logprobTemperature: 1,
  shaping: false,
  topLogprobs: 0,
  countsReuse: false,
  keepsWeights: false,
};

/** A server whose answers come when `answer` says so, by the first token of the prompt. */
function held() {
  const waiting = new Map<number, { resolve(): void; reject(thrown: Error): void }>();
  const trees: (string | undefined)[] = [];
  const sampler: Pick<RemoteSampler, "sample"> = {
    sample: ({ prompt }, options) =>
      new Promise((resolve, reject) => {
        trees.push(options?.tree);
        const sequence = { tokens: [prompt[0] ?? 0], logprobs: [-1], stopReason: "length" as const };
        const nothing = { promptLogprobs: null, topPromptLogprobs: null, cachedPromptTokens: 1 };
        waiting.set(prompt[0] ?? -1, { resolve: () => resolve({ sequences: [sequence], ...nothing }), reject });
        options?.signal?.addEventListener("abort", () => reject(options.signal?.reason as Error));
      }),
  };
  return { sampler, trees, answer: (token: number) => waiting.get(token)?.resolve(), waiting };
}

function open(sampler: Pick<RemoteSampler, "sample">, overlap: boolean, saved = Promise.resolve(sampler)) {
  const { vocabularySize, maxSequenceTokens } = info;
  const limits = { vocabularySize, maxSequenceTokens };
  return new PhaseSampler(saved, { info, overlap, limits, maxTokens: "exact", topK: null });
}

const ask = (token: number, tree?: string) => {
  return request(`r${token}`, { ids: [token, 0], maxTokens: 1, ...(tree === undefined ? {} : { tree }) });
};
const later = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

describe("the sampler of a policy on a server", () => {
  it("AEPO-R10: a tick ends when all that is open has finished, and gives it in order of submission", async () => {
    const { sampler, answer, trees } = held();
    const phase = open(sampler, false);
    for (const token of [1, 2]) phase.submit(ask(token, "rollout/1/0"));
    let given: readonly string[] | null = null;
    const tick = phase.next().then((samples) => void (given = samples.map(({ id }) => id)));
    await later();
    answer(2);
    await later();
    // One that comes in meanwhile belongs to the tick.
    phase.submit(ask(3));
    await later();
    answer(3);
    await later();
    expect(given).toBeNull();
    answer(1);
    await tick;
    expect(given).toEqual(["r1", "r2", "r3"]);
    expect(trees).toEqual(["rollout/1/0", "rollout/1/0", undefined]);
    expect(phase.ledger).toEqual({ sampled: 3, prefilled: 3, reused: 3 });
  });

  it("with overlap a tick ends with the first", async () => {
    const { sampler, answer } = held();
    const phase = open(sampler, true);
    for (const token of [1, 2, 3]) phase.submit(ask(token));
    await later();
    answer(2);
    expect((await phase.next()).map(({ id }) => id)).toEqual(["r2"]);
    answer(3);
    answer(1);
    await later();
    expect((await phase.next()).map(({ id }) => id)).toEqual(["r1", "r3"]);
    // One that comes in while the first is waited for can be the first.
    phase.submit(ask(4));
    const tick = phase.next();
    await later();
    phase.submit(ask(5));
    await later();
    answer(5);
    expect((await tick).map(({ id }) => id)).toEqual(["r5"]);
    answer(4);
    expect((await phase.next()).map(({ id }) => id)).toEqual(["r4"]);
    expect(await phase.next()).toEqual([]);
  });

  it("what every request would fail by ends the phase; weights that cannot be saved do, too", async () => {
    const { sampler, waiting } = held();
    const phase = open(sampler, false);
    phase.submit(ask(1));
    await later();
    waiting.get(1)?.reject(new TinkerFailure("the session has expired", { reason: "expired" }));
    await expect(phase.next()).rejects.toThrow("the session has expired");
    const unsaved = open(sampler, false, Promise.reject(new TinkerFailure("no disk", { reason: "failed" })));
    unsaved.submit(ask(1));
    // Nobody else's request was at fault: it is not one path that is lost.
    await expect(unsaved.next()).rejects.toThrow("no disk");
  });

  it("closing drops what is open; then nothing can be asked", async () => {
    const { sampler } = held();
    const phase = open(sampler, false);
    phase.submit(ask(1));
    await later();
    await phase.close();
    expect(thrownMessage(() => phase.submit(ask(2)))).toBe("the sampler is closed\n  to fix: open another one");
    await expect(phase.next()).rejects.toThrow("the sampler is closed");
  });

  it("refuses what a server cannot do, with what to do", () => {
    const phase = open(held().sampler, false);
    expect(thrownMessage(() => phase.submit(request("a", { shaping: { topP: 0.5 } })))).toBe(
      'request "a": a server of the Tinker protocol draws from the full distribution\n  found: shaping {"topP":0.5}\n  to fix: leave eval.shaping out, or use the embedded engine',
    );
    expect(thrownMessage(() => phase.submit(request("a", { topLogprobs: 1 })))).toBe(
      'request "a": topLogprobs 1\n  expected: at most 0 of this server',
    );
  });
});
