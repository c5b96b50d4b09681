/**
 * The growth of one question's tree: a state machine that says which turns to sample next and takes what was sampled.
 * AEPO-R1 to R9 meet here; randomness and time come from outside. A path never waits for a decision: a fork shares what
 * lies before it, and goes on from the end of the tool result.
 */
import type { Sample, SampleRequest } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";
import { derivedSeed, randomStream } from "../std/random.ts";
import { splitBudget } from "./budget.ts";
import { type CallOutcome, callTool, failedCall, insertedResult, type ToolCall } from "./call-tool.ts";
import { decide, withoutState } from "./decide.ts";
import { DecisionQueue, type PendingStep } from "./decision-queue.ts";
import { stepEntropy } from "./entropy.ts";
import { initialState, type KeptState, keepState, type RestoredState, restoreStates } from "./environment-state.ts";
import type { QuestionContext } from "./growth-context.ts";
import { copyPath, type ForkPoint, type LivePath, newRoot, transcriptOf } from "./live-path.ts";
import type { Budget, EndReason, PolicyTurn, RolloutTree, ToolResult } from "./tree.ts";
import { TreeRecord } from "./tree-record.ts";
import { endOfTurn, readTurn } from "./turn.ts";

/** A tool call that a turn asked for. */
export interface TurnCall {
  readonly path: LivePath;
  readonly node: number;
  readonly request: ToolCall;
}

/** What came back, and the state at the end of the result if a fork may want it. */
export interface FinishedCall extends TurnCall {
  readonly outcome: CallOutcome;
  readonly result: ToolResult;
  readonly kept: KeptState | null;
}

export class QuestionGrowth {
  private readonly context: QuestionContext;
  private readonly promptIds: readonly number[];
  private readonly stops: readonly (readonly number[])[];
  private readonly record = new TreeRecord();
  private readonly queue: DecisionQueue;
  private readonly live = new Map<number, LivePath>();
  /** Live paths whose next turn is to be sampled. */
  private ready: LivePath[] = [];
  /** `depthFirst`: forks that wait for their turn, newest last. */
  private readonly waiting: LivePath[] = [];
  private budget: Budget | null = null;
  private created = 0;
  private rootsStarted = 0;
  private branchesUsed = 0;

  constructor(context: QuestionContext) {
    const { task, tokenizer, question, rules } = context;
    this.context = context;
    this.promptIds = tokenizer.encode(question.prompt);
    this.stops = task.dialect.stops(task.tools).map((text) => tokenizer.encode(text));
    this.queue = new DecisionQueue(rules.order);
    if (rules.probe === "none") this.budget = splitBudget(rules, context.entropyDivisor, null);
    if (this.promptIds.length < task.limits.tokens) return;
    throw new AepoError("rollout", `question ${question.id} has a prompt of ${this.promptIds.length} tokens`, {
      expected: `fewer than the token limit of task ${task.name} (${task.limits.tokens})`,
      fix: "raise limits.tokens, or leave the question out",
    });
  }

  /** Paths that the first `settle` opens. */
  get opening(): number {
    if (this.budget === null || this.context.rules.order === "depthFirst") return 1;
    return this.budget.globalRollouts;
  }

  /** Takes a sampled turn. Returns the tool call it asks for, if any: `run` it and `accept` what comes back. */
  receive(sample: Sample): TurnCall | null {
    const path = this.pathOf(sample.id);
    const { task, tokenizer } = this.context;
    const turn = readTurn(task, tokenizer, sample);
    path.leaf = this.record.addTurn(path.leaf, turn);
    path.ids.push(...turn.ids);
    path.turns.push(turn.text);
    this.measure(path, turn);
    const { action } = turn;
    if (action.kind === "answer") path.answer = action.text;
    const end = endOfTurn(task.limits, path, turn, sample.finish === "length");
    if (end !== null || action.kind !== "call") {
      this.end(path, end ?? "invalid");
      return null;
    }
    const { tool, input } = action;
    return { path, node: path.leaf, request: { tool, input, call: path.calls.length, state: path.state } };
  }

  /** Makes the call. Touches nothing of the tree, so that the calls of a tick can run together. Never rejects for a tool. */
  async run(call: TurnCall): Promise<FinishedCall> {
    const { task, tokenizer, toolTimeoutMs, calls, recorded } = this.context;
    const { path, request } = call;
    const late = recorded?.late.find((entry) => entry.path === path.name && entry.call === request.call);
    const said =
      late === undefined
        ? await callTool(task.tools, request, toolTimeoutMs, calls)
        : failedCall(request, late.why, true);
    const { outcome, result } = insertedResult(task.dialect, tokenizer, request, said);
    const wanted = path.mayBranch && this.branchesLeft > 0;
    const after = { ...path, ...withCall(path, request, outcome) };
    const kept = wanted ? await keepState(this.context, after, outcome.state) : null;
    return { ...call, outcome, result, kept };
  }

  /** Puts a result into the tree; the path goes on behind it, or a limit ends it. */
  accept({ path, node, request, outcome, result, kept }: FinishedCall): void {
    this.record.addResult(node, result);
    Object.assign(path, withCall(path, request, outcome));
    path.state = outcome.state;
    path.ids.push(...result.ids);
    if (path.ids.length >= this.context.task.limits.tokens) this.end(path, "token-limit");
    else if (this.isOutOfTime(path)) this.end(path, "time-limit");
    else {
      path.received = { node, path: copyPath(path), kept };
      this.ready.push(path);
    }
  }

  /** After the results of a tick are in: decides what can be decided, starts what can start. Returns turns to sample. */
  async settle(): Promise<SampleRequest[]> {
    if (this.budget === null && this.rootsStarted > 0 && this.live.size === 0) this.split();
    for (let next = this.queue.next(this.live.values()); next !== null; next = this.queue.next(this.live.values())) {
      await this.decide(next);
    }
    for (let paths = this.takeStarts(); paths.length > 0; paths = this.takeStarts()) await this.start(paths);
    return this.ready.splice(0).map((path) => this.request(path));
  }

  /** The finished tree; throws while paths are live. */
  tree(): RolloutTree {
    const { task, question, rules } = this.context;
    if (this.budget === null || this.live.size > 0 || this.created < rules.groupSize) {
      throw new AepoError("rollout", `the tree of question ${question.id} has not finished growing`);
    }
    return this.record.tree(task.name, question, this.promptIds, this.budget);
  }

  /** AEPO-R2: the step that follows a result is measured when its turn is there; one without a token is no step. */
  private measure(path: LivePath, turn: PolicyTurn): void {
    const entropy = stepEntropy(turn.entropies, this.context.rules);
    const point = path.received;
    path.received = null;
    if (entropy === null) return;
    path.rootEntropy ??= entropy;
    if (point === null) return;
    const round = path.rounds++;
    if (!path.mayBranch) return;
    const tool = this.record.node(point.node).result?.tool ?? "";
    const { rootEntropy } = path;
    this.queue.add({ path, point, step: { node: point.node, path: path.id, tool, turn: round, entropy, rootEntropy } });
  }

  private isOutOfTime(path: LivePath): boolean {
    const { recorded, clock, pathTimeMs } = this.context;
    if (recorded === null) return clock.nowMs() - path.startedMs > pathTimeMs;
    return recorded.cuts.some(({ path: name, turns }) => name === path.name && turns === path.turns.length);
  }

  private end(path: LivePath, end: EndReason): void {
    const { task, question } = this.context;
    this.record.end(path, end, task.reward(question, transcriptOf(path)));
    this.live.delete(path.id);
  }

  // — decisions (AEPO-R3, R4) —

  private async decide({ path, point, step }: PendingStep): Promise<void> {
    const { rules, entropyDivisor, seed, name, streamName } = this.context;
    const { kept } = point;
    if (kept !== null && "unavailable" in kept) this.record.addNote(kept.unavailable);
    let decision = decide(rules, step, {
      consecutive: path.consecutive,
      entropyDivisor,
      budgetLeft: this.branchesLeft,
      forkable: kept !== null && "restore" in kept,
      draw: () => randomStream(seed, name, this.context.step, streamName, path.name, step.turn, "branch").uniform(),
    });
    let states: readonly RestoredState[] = [];
    if (decision.forks > 0 && kept !== null) {
      const restored = await restoreStates(kept, decision.forks);
      if ("unavailable" in restored) {
        this.record.addNote(restored.unavailable);
        decision = withoutState(decision);
      } else states = restored;
    }
    this.record.addDecision(decision);
    path.consecutive = decision.forks > 0 ? path.consecutive + 1 : 0;
    for (const state of states) this.fork(path, point, step.turn, state);
  }

  private fork(parent: LivePath, { node, path }: ForkPoint, round: number, restored: RestoredState): void {
    const id = this.created++;
    this.record.addReplayed(restored.replayed);
    this.branchesUsed++;
    const fork: LivePath = {
      ...copyPath(path),
      id,
      name: id,
      origin: { kind: "fork", from: parent.id, at: node },
      consecutive: parent.consecutive,
      rounds: round + 1,
      state: restored.state,
      received: null,
    };
    if (this.context.rules.order === "depthFirst") this.waiting.push(fork);
    else this.go(fork);
  }

  // — who starts when (AEPO-R1, R5, R9) —

  /** Paths that start now, forks that waited among them; none if others have to end first. */
  private takeStarts(): LivePath[] {
    const { groupSize, order } = this.context.rules;
    const idle = this.live.size === 0;
    if (this.budget === null) return this.rootsStarted === 0 ? [this.newRoot("probe")] : [];
    const rootsLeft = this.budget.globalRollouts - this.rootsStarted;
    if (order === "synchronous" && rootsLeft > 0) return this.newRoots("global", rootsLeft);
    if (!idle) return [];
    // Depth first: the path has ended; its forks, newest first, then the next root.
    const fork = this.waiting.pop();
    if (fork !== undefined) {
      this.go(fork);
      return [];
    }
    if (rootsLeft > 0) return this.newRoots("global", 1);
    return this.newRoots("fill", groupSize - this.created);
  }

  private newRoots(role: "global" | "fill", count: number): LivePath[] {
    return Array.from({ length: count }, () => this.newRoot(role));
  }

  private newRoot(role: "probe" | "global" | "fill"): LivePath {
    if (role !== "fill") this.rootsStarted++;
    const id = this.created++;
    const name = role === "probe" && this.context.rules.probe === "discard" ? "probe" : id;
    return newRoot(id, role, { promptIds: this.promptIds, name, mayBranch: role === "global" });
  }

  /** Builds the environments together; one that cannot be built ends its path. */
  private async start(paths: readonly LivePath[]): Promise<void> {
    const built = await Promise.all(paths.map(() => initialState(this.context)));
    for (const [i, path] of paths.entries()) {
      const environment = built[i];
      if (environment !== undefined && "state" in environment) {
        path.state = environment.state;
        this.go(path);
        continue;
      }
      const { task, question } = this.context;
      const why = environment?.failed ?? "";
      this.record.addNote(`task ${task.name}, question ${question.id}: the environment could not be built: ${why}`);
      this.end(path, "tool-failure");
    }
  }

  private go(path: LivePath): void {
    path.startedMs = this.context.clock.nowMs();
    this.live.set(path.id, path);
    this.ready.push(path);
  }

  /** AEPO-R1: the probe has ended; the budget is known. */
  private split(): void {
    const { rules, entropyDivisor } = this.context;
    this.budget = splitBudget(rules, entropyDivisor, this.record.written());
    if (rules.probe !== "discard") return;
    this.record.discardProbe();
    this.created = 0;
    this.rootsStarted = 0;
  }

  private get branchesLeft(): number {
    if (this.budget === null) return 0;
    return this.context.rules.groupSize - this.budget.globalRollouts - this.branchesUsed;
  }

  // — requests —

  private request(path: LivePath): SampleRequest {
    const { task, temperature, seed, name, step, streamName, index } = this.context;
    return {
      id: `${index}/${path.id}`,
      ids: [...path.ids],
      stop: this.stops,
      maxTokens: task.limits.tokens - path.ids.length,
      temperature,
      seed: derivedSeed(seed, name, step, streamName, path.name, path.turns.length),
    };
  }

  private pathOf(requestId: string): LivePath {
    const path = this.live.get(Number(requestId.split("/")[1]));
    if (path !== undefined) return path;
    throw new AepoError("policy", `the sampler returned "${requestId}", which is not an open request`);
  }
}

/** Calls and results of a path after one more call. */
function withCall(
  path: LivePath,
  { tool, input }: ToolCall,
  { text, failed }: CallOutcome,
): Pick<LivePath, "calls" | "results"> {
  return {
    calls: [...path.calls, { tool, input, failed: failed !== null }],
    results: [...path.results, text],
  };
}
