/**
 * The growth of one question's tree. It says which turn to sample next and takes what was sampled; AEPO-R1 to R9 are here,
 * randomness and time come from outside. `synchronous` decides a round when all live paths have reached it; `depthFirst`
 * decides at once and works on one path at a time. A path never waits for a decision: a fork shares what lies before it.
 */
import type { AnyTask, Question } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { Sample, SampleRequest } from "../policy/policy.ts";
import type { Clock } from "../std/clock.ts";
import { derivedSeed, randomStream } from "../std/random.ts";
import { callTool, insertedResult } from "./call-tool.ts";
import { decide, type ToolStep } from "./decide.ts";
import { mean, stepEntropy } from "./entropy.ts";
import { ledgerOf } from "./ledger.ts";
import { copyPath, type ForkPoint, type LivePath, transcriptOf } from "./live-path.ts";
import type { GrowthRules } from "./rules.ts";
import type { Budget, Decision, EndReason, Path, PathOrigin, RolloutTree, TreeNode } from "./tree.ts";

export interface GrowthContext {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly rules: GrowthRules;
  /** Names of every random stream: (seed, name, step, question, path, turn). */
  readonly seed: number;
  readonly name: string;
  readonly step: number;
  readonly temperature: number;
  readonly entropyDivisor: number;
  readonly toolTimeoutMs: number;
  /** Wall time of a path; Infinity: none. */
  readonly pathTimeMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A measured tool step waiting for its decision. */
interface Pending {
  readonly round: number;
  readonly step: ToolStep;
  readonly point: ForkPoint;
}

export class QuestionGrowth {
  readonly question: Question;
  private readonly context: GrowthContext;
  private readonly promptIds: readonly number[];
  private readonly stops: readonly (readonly number[])[];
  private readonly nodes: TreeNode[];
  private readonly ended: (Path | undefined)[] = [];
  private readonly decisions: Decision[] = [];
  private readonly live = new Map<number, LivePath>();
  private readonly pending: Pending[] = [];
  /** The result a path has received and not yet written on: it becomes a step when the next turn is there. */
  private readonly received = new Map<number, ForkPoint>();
  private readonly forksToStart: LivePath[] = [];
  private budget: Budget | null = null;
  private discarded: { readonly nodes: readonly TreeNode[] } | null = null;
  private readonly ready = new Set<number>();
  private readonly everyPath = new Map<number, LivePath>();
  private readonly index: number;
  private created = 0;
  private branchesUsed = 0;
  private rootsStarted = 0;
  private round = 0;

  constructor(context: GrowthContext, question: Question, index: number) {
    this.index = index;
    const { task, tokenizer } = context;
    this.context = context;
    this.question = question;
    this.promptIds = tokenizer.encode(question.prompt);
    this.stops = task.dialect.stops(task.tools).map((text) => tokenizer.encode(text));
    this.nodes = [{ id: 0, parent: null, turn: null, result: null }];
  }

  /** Whether the group is complete (AEPO-R6). */
  get done(): boolean {
    return this.budget !== null && this.ended.filter(Boolean).length === this.context.rules.groupSize;
  }

  /** The first turns to sample. */
  async begin(): Promise<SampleRequest[]> {
    if (this.context.rules.probe === "none") this.budget = this.measuredBudget(null);
    else await this.startRoot("probe", false);
    return this.settle();
  }

  /** Takes a sampled turn. Returns the tool call it asks for, if any: run it, then hand the outcome to the function it gives. */
  receive(sample: Sample): (() => Promise<() => Promise<void>>) | null {
    const path = this.pathOf(sample.id);
    const { task, tokenizer } = this.context;
    const text = tokenizer.decode(sample.ids);
    const cut = sample.finish === "length";
    const action = cut ? ({ kind: "invalid", why: "cut by the token limit" } as const) : task.dialect.parse(text, task.tools);
    const { ids, logprobs, entropies } = sample;
    const node = this.nodes.length;
    this.nodes.push({ id: node, parent: path.leaf, turn: { ids, text, logprobs, entropies, action }, result: null });
    path.leaf = node;
    path.ids.push(...ids);
    path.turns.push(text);
    this.measure(path, entropies);
    if (cut) return this.end(path, "token-limit");
    if (action.kind === "invalid") return this.end(path, "invalid");
    if (action.kind === "answer") {
      path.answer = action.text;
      return this.end(path, "answer");
    }
    if (path.calls.length >= task.limits.calls) return this.end(path, "call-limit");
    return () => this.call(path, node, action);
  }

  /** After the outcomes of a tick are in: decides what can be decided, starts what can start. Returns turns to sample. */
  async settle(): Promise<SampleRequest[]> {
    if (this.budget === null) {
      if (this.live.size > 0) return this.readyRequests();
      this.budget = this.measuredBudget(this.probe());
      if (this.context.rules.probe === "discard") this.discardProbe();
    }
    const { order } = this.context.rules;
    await (order === "synchronous" ? this.decideRounds() : this.decideNow());
    if (order === "synchronous") await this.startAll();
    else await this.startNext();
    if (this.live.size === 0) await this.fillUp();
    return this.readyRequests();
  }

  /** The finished tree. */
  tree(): RolloutTree {
    const paths = this.ended.filter((path) => path !== undefined);
    const { id, prompt, answers } = this.question;
    return {
      task: this.context.task.name,
      question: { id, prompt, answers },
      promptIds: this.promptIds,
      nodes: this.nodes,
      paths,
      decisions: this.decisions,
      budget: this.budget ?? this.measuredBudget(null),
      ledger: ledgerOf(this.nodes, paths, this.discarded?.nodes ?? []),
    };
  }

  // — turns and tools —

  private async call(path: LivePath, node: number, action: { tool: string; input: string }): Promise<() => Promise<void>> {
    const { task, toolTimeoutMs, signal } = this.context;
    const request = { ...action, call: path.calls.length, state: path.state };
    const outcome = await callTool(task.tools, request, toolTimeoutMs, signal);
    return async () => {
      const { tool, input } = action;
      const failed = outcome.failed !== null;
      path.calls.push({ tool, input, failed });
      path.results.push(outcome.text);
      path.state = outcome.state;
      const result = insertedResult(task, this.context.tokenizer, request, outcome);
      this.nodes[node] = { ...(this.nodes[node] as TreeNode), result };
      path.ids.push(...result.ids);
      await this.afterResult(path, node);
    };
  }

  private async afterResult(path: LivePath, node: number): Promise<void> {
    const { limits } = this.context.task;
    if (path.turns.length >= limits.turns) this.end(path, "turn-limit");
    else if (path.ids.length >= limits.tokens) this.end(path, "token-limit");
    else if (this.context.clock.nowMs() - path.startedMs > this.context.pathTimeMs) this.end(path, "time-limit");
    else {
      this.received.set(path.id, await this.forkPoint(path, node));
      this.ready.add(path.id);
    }
  }

  /** The step that follows a result is measured when its turn is there (AEPO-R2). */
  private measure(path: LivePath, entropies: readonly number[]): void {
    const entropy = stepEntropy(entropies, this.context.rules) ?? 0;
    path.rootEntropy ??= entropy;
    const point = this.received.get(path.id);
    if (point === undefined) return;
    this.received.delete(path.id);
    const turn = path.rounds++;
    if (!path.mayBranch) return;
    const tool = this.nodes[point.node]?.result?.tool ?? "";
    const step = { node: point.node, path: path.id, tool, turn, entropy, rootEntropy: path.rootEntropy };
    this.pending.push({ round: turn, step, point });
  }

  private end(path: LivePath, end: EndReason): null {
    const { id, origin, root, leaf } = path;
    const reward = this.context.task.reward(this.question, transcriptOf(path));
    this.ended[id] = { id, origin, root, leaf, end, reward };
    this.live.delete(id);
    return null;
  }

  // — decisions (AEPO-R3, R4, R9) —

  /** A round is decided when every live path that may branch has measured it; then all of it, in order of creation. */
  private async decideRounds(): Promise<void> {
    for (;;) {
      const waiting = [...this.live.values()].some((path) => path.mayBranch && path.rounds <= this.round);
      if (waiting || this.pending.length === 0) return;
      const due = this.pending.filter(({ round }) => round === this.round).sort((a, b) => a.step.path - b.step.path);
      for (const pending of due) await this.decide(pending);
      this.round++;
    }
  }

  private async decideNow(): Promise<void> {
    for (const pending of [...this.pending]) await this.decide(pending);
  }

  private async decide(pending: Pending): Promise<void> {
    this.pending.splice(this.pending.indexOf(pending), 1);
    const { rules, seed, name, step, entropyDivisor } = this.context;
    const { point } = pending;
    const path = this.everyPath.get(pending.step.path) as LivePath;
    const decision = decide(rules, pending.step, {
      consecutive: path.consecutive,
      entropyDivisor,
      budgetLeft: this.branchBudget - this.branchesUsed,
      forkable: point.state !== null,
      draw: () => randomStream(seed, name, step, this.question.id, path.id, pending.round, "branch").uniform(),
    });
    this.decisions.push(decision);
    path.consecutive = decision.forks > 0 ? path.consecutive + 1 : 0;
    for (let i = 0; i < decision.forks; i++) await this.fork(path, point, pending.round);
  }

  private async fork(path: LivePath, point: ForkPoint, round: number): Promise<void> {
    const id = this.created++;
    const origin: PathOrigin = { kind: "fork", from: path.id, at: point.node };
    const state = await (point.state as () => Promise<unknown>)();
    const startedMs = this.context.clock.nowMs();
    const identity = { id, origin, rounds: round + 1, consecutive: path.consecutive, startedMs, state };
    this.forksToStart.push(copyPath(point.path, identity));
    this.branchesUsed++;
  }

  /** AEPO-R8: the state at the end of a result, to be had again; null if the environment can give it only once. */
  private async forkPoint(path: LivePath, node: number): Promise<ForkPoint> {
    const { environment, tools } = this.context.task;
    const copy = copyPath(path, path);
    const wanted = path.mayBranch && this.branchBudget > this.branchesUsed;
    if (!wanted) return { node, path: copy, state: null };
    if (environment.fork !== undefined) {
      const fork = environment.fork.bind(environment);
      const saved = await fork(path.state);
      return { node, path: copy, state: async () => fork(saved) };
    }
    if (environment.replayable !== true) return { node, path: copy, state: null };
    return { node, path: copy, state: () => replay(this.context, tools, this.question, copy.calls) };
  }

  // — who starts when (AEPO-R1, R5, R9) —

  private async startAll(): Promise<void> {
    while (this.rootsStarted < this.globalRollouts) await this.startRoot("global", true);
    for (const path of this.forksToStart.splice(0)) this.start(path);
  }

  /** Depth first: the path goes on, then its forks, newest first, then the next root. */
  private async startNext(): Promise<void> {
    if (this.live.size > 0) return;
    const fork = this.forksToStart.pop();
    if (fork !== undefined) this.start(fork);
    else if (this.rootsStarted < this.globalRollouts) await this.startRoot("global", true);
  }

  /** AEPO-R5: what is left when all paths have ended becomes whole rollouts, all at once. */
  private async fillUp(): Promise<void> {
    while (this.created < this.context.rules.groupSize) await this.startRoot("fill", false);
  }

  private async startRoot(role: "probe" | "global" | "fill", mayBranch: boolean): Promise<void> {
    const id = this.created++;
    if (role !== "fill") this.rootsStarted++;
    this.start({
      id,
      origin: { kind: "root", role },
      root: id,
      mayBranch,
      leaf: 0,
      ids: [...this.promptIds],
      state: await this.context.task.environment.initial(this.question),
      turns: [],
      results: [],
      calls: [],
      answer: null,
      rootEntropy: null,
      consecutive: 0,
      rounds: 0,
      startedMs: this.context.clock.nowMs(),
    });
  }

  private start(path: LivePath): void {
    this.live.set(path.id, path);
    this.everyPath.set(path.id, path);
    this.ready.add(path.id);
  }

  // — the budget (AEPO-R1) —

  private get globalRollouts(): number {
    return this.budget?.globalRollouts ?? 1;
  }

  private get branchBudget(): number {
    return this.context.rules.groupSize - this.globalRollouts;
  }

  private probe(): { readonly root: number; readonly tools: readonly number[] } | null {
    const { rules } = this.context;
    const turns = this.nodes.flatMap(({ turn }) => (turn === null ? [] : [stepEntropy(turn.entropies, rules) ?? 0]));
    const [root, ...tools] = turns;
    return root === undefined ? null : { root, tools };
  }

  private measuredBudget(probe: { readonly root: number; readonly tools: readonly number[] } | null): Budget {
    const { rules, entropyDivisor } = this.context;
    const scaled = probe && {
      rootEntropy: probe.root / entropyDivisor,
      toolEntropies: probe.tools.map((entropy) => entropy / entropyDivisor),
    };
    return {
      rootEntropy: probe?.root ?? null,
      toolEntropy: probe === null || probe.tools.length === 0 ? null : mean(probe.tools),
      toolSteps: probe?.tools.length ?? 0,
      groupSize: rules.groupSize,
      globalRollouts: rules.budget(scaled),
    };
  }

  private discardProbe(): void {
    this.discarded = { nodes: this.nodes.splice(1) };
    this.ended.length = 0;
    this.created = 0;
    this.rootsStarted = 0;
  }

  // — requests —

  private readyRequests(): SampleRequest[] {
    const paths = [...this.ready].flatMap((id) => this.live.get(id) ?? []);
    this.ready.clear();
    return paths.map((path) => this.request(path));
  }

  private request(path: LivePath): SampleRequest {
    const { task, temperature, seed, name, step } = this.context;
    const turn = path.turns.length;
    return {
      id: `${this.index}/${path.id}`,
      ids: [...path.ids],
      stop: this.stops,
      maxTokens: task.limits.tokens - path.ids.length,
      temperature,
      seed: derivedSeed(seed, name, step, this.question.id, this.discarded === null ? "" : "group", path.id, turn),
    };
  }

  private pathOf(requestId: string): LivePath {
    return this.live.get(Number(requestId.split("/")[1])) as LivePath;
  }
}

/** The state after `calls`, made by calling the tools again. */
async function replay(
  { task, toolTimeoutMs, signal }: GrowthContext,
  tools: readonly AnyTool[],
  question: Question,
  calls: LivePath["calls"],
): Promise<unknown> {
  let state: unknown = await task.environment.initial(question);
  for (const [call, { tool, input }] of calls.entries()) {
    state = (await callTool(tools, { tool, input, call, state }, toolTimeoutMs, signal)).state;
  }
  return state;
}
