import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { Sample, Sampler } from "../policy/policy.ts";
import { growTrees } from "./grow.ts";
import { growPaths } from "./grow-paths.ts";
import { ScriptedTurns, type TurnScript } from "./scripted-turns.ts";
import {
  answer,
  byPath,
  type Counter,
  growOne,
  growSmall,
  look,
  smallQuestion,
  smallTask,
  smallTokenizer,
  testRules,
} from "./testing/small-world.ts";

/** Two roots that look twice and branch. */
const script = byPath({ 0: [0, 1, 1, "answer"], 1: [0, 1, "answer"], 2: [0, 1, "answer"] });

/** Every submit and tick, as text: what decides which rows are decoded together. */
function recorded(turns: TurnScript): { sampler: ScriptedTurns; log: string[] } {
  const log: string[] = [];
  const sampler = new ScriptedTurns(smallTokenizer, turns);
  const [submit, next] = [sampler.submit.bind(sampler), sampler.next.bind(sampler)];
  sampler.submit = (request) => {
    log.push(`submit ${request.id} ${request.ids.length} ${request.seed}`);
    submit(request);
  };
  sampler.next = async () => {
    const samples = await next();
    log.push(`tick ${samples.map(({ id }) => id).join(" ")}`);
    return samples;
  };
  return { sampler, log };
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("logical time", () => {
  it("AEPO-R10: what is decoded together does not depend on how long tools take", async () => {
    const grow = async (delay: (call: number) => number) => {
      let calls = 0;
      const { sampler, log } = recorded(script);
      const look = async (_: string, { state }: { state: Counter }) => {
        await later(delay(calls++));
        return `n${state.calls++}`;
      };
      const trees = await growSmall(script, { sampler, questions: 3, world: { look } });
      return { log, trees: JSON.stringify(trees) };
    };
    const even = await grow(() => 0);
    const uneven = await grow((call) => (call % 3) * 4);
    expect(uneven.log).toEqual(even.log);
    expect(uneven.trees).toBe(even.trees);
  });

  it("AEPO-R10: the tools of a tick run together", async () => {
    let waiting: (() => void)[] = [];
    // Each call waits for another one: called one after the other, they would all be late.
    const look = () =>
      new Promise<string>((resolve) => {
        waiting.push(() => resolve("fact"));
        if (waiting.length === 2) {
          for (const go of waiting) go();
          waiting = [];
        }
      });
    const turns = byPath({ 0: [0, "answer"], 1: [0, "answer"] });
    const rules = testRules({ groupSize: 2 });
    const tree = await growOne(turns, { rules, world: { look }, toolTimeoutMs: 500 });
    expect(tree.nodes.flatMap(({ result }) => result?.failed ?? [])).toEqual([]);
  });

  // Path 0's tool answers when path 1 has ended, which takes two more of its turns.
  const holding = (overlap: boolean) => {
    let ended: () => void = () => {};
    const otherEnded = new Promise<void>((resolve) => (ended = resolve));
    const turns: TurnScript = ({ path, turn }) => {
      if (path === 1 && turn === 2) setTimeout(ended, 5);
      return { entropy: 0, text: turn < (path === 0 ? 1 : 2) ? look : answer };
    };
    let first = true;
    const hold = async () => {
      if (!first) return "fact";
      first = false;
      await otherEnded;
      return "fact";
    };
    const rules = testRules({ groupSize: 2 });
    return growOne(turns, { rules, overlap, world: { look: hold }, toolTimeoutMs: 200 });
  };

  it("AEPO-R10: a slow tool holds up the tick", async () => {
    expect((await holding(false)).nodes[1]?.result?.failed).toBe("no answer within 200 ms");
  });

  it("AEPO-R10: with overlap decoding goes on meanwhile", async () => {
    const tree = await holding(true);
    expect(tree.nodes[1]?.result?.failed).toBeNull();
    expect(tree.paths.map(({ end }) => end)).toEqual(["answer", "answer"]);
  });

  it("AEPO-R10: with overlap a result is written on while the sampler still samples", async () => {
    // The sampler gives path 1's first turn only when path 0 has asked for its second one.
    const turns = byPath({ 0: [0, "answer"], 1: ["answer"] });
    const inner = new ScriptedTurns(smallTokenizer, turns);
    let asked = 0;
    let held: Sample[] = [];
    let release: () => void = () => {};
    const second = new Promise<void>((resolve) => (release = resolve));
    const sampler: Sampler = {
      submit(request) {
        inner.submit(request);
        if (++asked === 3) release();
      },
      async next() {
        if (held.length > 0) {
          await second;
          return held.splice(0);
        }
        const all = await inner.next();
        held = all.filter(({ id }) => asked < 3 && id === "0/1");
        return all.filter((sample) => !held.includes(sample));
      },
      ledger: inner.ledger,
      close: () => inner.close(),
    };
    const tree = await growOne(turns, { rules: testRules({ groupSize: 2 }), overlap: true, sampler });
    expect(tree.paths.map(({ end }) => end)).toEqual(["answer", "answer"]);
    expect(asked).toBe(3);
  });

  it("AEPO-R6, AEPO-R7: overlap keeps the rules of the group", async () => {
    const look = async (_: string, { state, call }: { state: Counter; call: number }) => {
      await later(call % 2 === 0 ? 3 : 0);
      return `n${state.calls++}`;
    };
    const trees = await growSmall(script, { overlap: true, questions: 4, world: { look } });
    const even = await growSmall(script, { questions: 4 });
    // Nothing here depends on wall time, so the texts are those of logical time.
    const texts = (tree: (typeof trees)[number]) => tree.nodes.map(({ result }) => result?.text ?? "").sort();
    expect(trees.map(texts)).toEqual(even.map(texts));
  });
});

describe("many questions in one sampler", () => {
  it("AEPO-R7: requests of a tree have its name, so that an engine of many machines keeps them together", async () => {
    const inner = new ScriptedTurns(smallTokenizer, script);
    const trees = new Map<string, Set<string | undefined>>();
    const sampler: Sampler = {
      submit(request) {
        const question = request.id.split("/")[0] ?? "";
        trees.set(question, (trees.get(question) ?? new Set()).add(request.tree));
        inner.submit(request);
      },
      next: () => inner.next(),
      ledger: inner.ledger,
      close: () => inner.close(),
    };
    await growSmall(script, { questions: 2, sampler });
    expect([...trees].map(([question, names]) => [question, [...names]])).toEqual([
      ["0", ["rollout/1/0"]],
      ["1", ["rollout/1/1"]],
    ]);
  });

  it("trees come in the order of the questions, each with its own id", async () => {
    const trees = await growSmall(({ question }) => ({ entropy: 0, text: `<answer> n${question} </answer>` }), {
      questions: 3,
      inFlight: 2,
    });
    expect(trees.map(({ question, nodes }) => [question.id, nodes[1]?.turn?.text])).toEqual([
      ["small/0", "<answer> n0 </answer>"],
      ["small/1", "<answer> n1 </answer>"],
      ["small/2", "<answer> n2 </answer>"],
    ]);
  });

  it("a tree does not depend on its neighbours", async () => {
    const alone = await growSmall(script, { questions: 1 });
    const together = await growSmall(script, { questions: 5, inFlight: 3 });
    expect(JSON.stringify(together[0])).toBe(JSON.stringify(alone[0]));
  });

  it("a question is started when fewer than inFlight paths are open", async () => {
    const { sampler, log } = recorded(byPath({}));
    await growSmall(byPath({}), { sampler, questions: 3, inFlight: 3, rules: testRules({ budget: () => 4 }) });
    expect(log.filter((line) => line.startsWith("tick"))).toEqual([
      "tick 0/0 0/1 0/2 0/3",
      "tick 1/0 1/1 1/2 1/3",
      "tick 2/0 2/1 2/2 2/3",
    ]);
  });

  it("a question that is twice in a batch is sampled twice", async () => {
    const seeds: number[] = [];
    const turns: TurnScript = ({ seed }) => {
      seeds.push(seed);
      return { entropy: 0, text: answer };
    };
    await growSmall(turns, { questions: 2 });
    const distinct = new Set(seeds).size;
    seeds.length = 0;
    const sampler = new ScriptedTurns(smallTokenizer, turns);
    await growPaths({
      ...base(),
      sampler,
      questions: [smallQuestion(0), smallQuestion(0)],
      samples: 4,
    });
    expect(new Set(seeds).size).toBe(8);
    expect(distinct).toBe(8);
  });

  function base() {
    return {
      task: smallTask(),
      tokenizer: smallTokenizer,
      seed: 1,
      temperature: 1,
      toolTimeoutMs: 1000,
      clock: { nowMs: () => 0, timestamp: () => "" },
      signal: new AbortController().signal,
    };
  }

  it("plain sampling: n whole paths a question, no probe, no branch", async () => {
    const paths = await growPaths({
      ...base(),
      sampler: new ScriptedTurns(smallTokenizer, byPath({ 0: [0, 9, 9, "answer"], 2: [5, 9] })),
      questions: [smallQuestion(0), smallQuestion(1)],
      samples: 3,
    });
    expect(paths.map((list) => list.map(({ end, reward }) => `${end} ${reward.total}`))).toEqual([
      ["answer 1", "answer 1", "answer 1"],
      ["answer 1", "answer 1", "answer 1"],
    ]);
  });

  it("no questions, no trees", async () => {
    expect(await growSmall(byPath({}), { questions: 0 })).toEqual([]);
  });

  it("a prompt that fills the token limit is an error that names the question", async () => {
    expect(await rejectionMessage(growSmall(byPath({}), { world: { limits: { tokens: 1 } } }))).toBe(
      "question small/0 has a prompt of 1 tokens\n  expected: fewer than the token limit of task small (1)\n  to fix: raise limits.tokens, or leave the question out",
    );
  });

  it("a signal stops it: calls are aborted, the promise rejects with the reason", async () => {
    const stop = new AbortController();
    let told: unknown;
    const look = (_: string, { signal }: { signal: AbortSignal }) => {
      setTimeout(() => stop.abort(new Error("stopped by hand")), 1);
      return new Promise(() => signal.addEventListener("abort", () => (told = signal.reason)));
    };
    const growing = growSmall(script, { world: { look }, signal: stop.signal, toolTimeoutMs: 60_000 });
    expect(await rejectionMessage(growing)).toBe("stopped by hand");
    expect(told).toEqual(new Error("stopped by hand"));
    expect(await rejectionMessage(growTrees({ ...base(), ...never, signal: stop.signal }))).toBe("stopped by hand");
  });

  const never = {
    sampler: new ScriptedTurns(smallTokenizer, byPath({})),
    questions: [smallQuestion(0)],
    rules: testRules(),
    step: 0,
    entropyDivisor: 1,
    overlap: false,
  };
});
