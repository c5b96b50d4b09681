/**
 * The growth of one question's tree: a state machine that says which turns to sample next and takes what was sampled.
 * AEPO-R1 to R9 meet here; randomness and time come from outside. A path never waits for a decision: a fork shares what
 * lies before it and goes on from the end of the tool result.
 */
import { encodePrompt } from "../chat/chat-prompt.ts";
import type { Reward } from "../envs/task.ts";
import type { Sample, SampleRequest } from "../policy/policy.ts";
import type { StopConditions } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import { splitBudget } from "./budget.ts";
import { callPlace } from "./call-place.ts";
import { type CallOutcome, callTool, failedCall, insertedResult, type ToolCall } from "./call-tool.ts";
import { initialState, type KeptState, keepState, restoreStates } from "./environment-state.ts";
import { GroupSlots, type RootStart } from "./group-slots.ts";
import { gradePath } from "./grade-path.ts";
import type { QuestionContext } from "./growth-context.ts";
import { LOST, lostReward } from "./lost-paths.ts";
import { addResult, addTurn, type LivePath, newChain, newFork, newRoot, transcriptOf } from "./live-path.ts";
import { isOutOfTime } from "./path-time.ts";
import { type Chain, RandomChains } from "./random-chains.ts";
import { StepDecisions } from "./step-decisions.ts";
import type { Budget, EndReason, PolicyTurn, RolloutTree, ToolResult } from "./tree.ts";
import { TreeRecord } from "./tree-record.ts";
import { afterTurn, endsSpecially, readTurn, turnStops } from "./turn.ts";
import { pathRequest, rootRequest } from "./turn-request.ts";

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
  /** Wall time of the call. */
  readonly ms: number;
}

export class QuestionGrowth {
  private readonly context: QuestionContext;
  private readonly promptIds: readonly number[];
  private readonly stops: StopConditions;
  private readonly record = new TreeRecord();
  private readonly slots: GroupSlots;
  private readonly decisions: StepDecisions;
  /** B-TREE: what grows chains; null where steps are decided on. */
  private readonly chains: RandomChains | null;
  private readonly live = new Map<number, LivePath>();
  /** Live paths whose next turn is to be sampled. */
  private readonly ready: LivePath[] = [];
  /** `depthFirst`: forks that wait for the paths before them, newest last. */
  private readonly waiting: LivePath[] = [];
  private budget: Budget | null = null;
  /** Whether H_root is still to be measured apart, before anything grows. */
  private measuresRoot: boolean;

  constructor(context: QuestionContext) {
    const { task, tokenizer, question, rules } = context;
    this.context = context;
    this.promptIds = encodePrompt(tokenizer, question);
    this.stops = turnStops(task, tokenizer, question);
    this.slots = new GroupSlots(rules);
    this.decisions = new StepDecisions(context, this.record);
    this.chains = rules.chains === undefined ? null : new RandomChains(context, rules.chains);
    this.measuresRoot = rules.probe !== "none" && rules.departures?.rootTokens !== undefined;
    if (rules.probe === "none") this.split();
    if (this.promptIds.length < task.limits.tokens) return;
    throw new AepoError("rollout", `question ${question.id} has a prompt of ${this.promptIds.length} tokens`, {
      expected: `fewer than the token limit of task ${task.name} (${task.limits.tokens})`,
      fix: "raise limits.tokens, or leave the question out",
    });
  }

  /** Paths that the first `settle` opens. */
  get opening(): number {
    return this.slots.opening;
  }

  /** Whether nothing of the tree is to come but rewards. Between two calls of `settle`. */
  get isGrown(): boolean {
    return this.budget !== null && this.isIdle && this.waiting.length === 0 && this.slots.full;
  }

  /** Whether a step may be decided that had to wait for other questions. */
  get isDue(): boolean {
    return this.decisions.isDue(this.live.values());
  }

  /** Takes a sampled turn. Returns the tool call it asks for, if any: `run` it and `accept` what comes back. */
  receive(sample: Sample): TurnCall | null {
    const { task, tokenizer, question, stateKeys } = this.context;
    if (this.measuresRoot) return this.receiveRoot(sample);
    const path = this.pathOf(sample.id);
    if (sample.finish === "failed") {
      this.finish(path, LOST, lostReward(sample.failure ?? "it does not say why"));
      return null;
    }
    const turn = readTurn(task, tokenizer, sample);
    const stateKey = stateKeys === true ? task.stateKey?.(question, path.state) : undefined;
    addTurn(path, this.record.addTurn(path.leaf, turn, stateKey), turn);
    this.turnWritten(path, turn);
    const next = afterTurn(task.limits, path, turn);
    if (typeof next === "string") {
      this.end(path, next);
      return null;
    }
    const { tool, input } = next;
    const place = callPlace(this.context, path);
    const request = { tool, input, call: path.calls.length, state: path.state, place };
    const rejected = next.kind === "rejected" ? { rejected: next.why } : {};
    return { path, node: path.leaf, request: { ...request, ...rejected } };
  }

  /** Makes the call. Changes nothing, so that the calls of a tick can run together. Rejects because of a tool only where that stops the run. */
  async run(call: TurnCall): Promise<FinishedCall> {
    const { task, tokenizer, toolTimeoutMs, calls, recorded, clock } = this.context;
    const { path, request } = call;
    const startedMs = clock.nowMs();
    const late = recorded?.late.find((entry) => entry.path === path.name && entry.call === request.call);
    const said =
      late === undefined
        ? await callTool(task.tools, request, toolTimeoutMs, calls)
        : failedCall(request, late.why, true);
    const ms = clock.nowMs() - startedMs;
    const { outcome, result } = insertedResult(
      task.dialect,
      tokenizer,
      request,
      said,
      endsSpecially(task, tokenizer, path),
    );
    const after = { ...path };
    addResult(after, request, outcome, result);
    const wanted = path.mayBranch && this.slots.branchesLeft > 0 && after.ids.length < task.limits.tokens;
    return { ...call, outcome, result, ms, kept: wanted ? await keepState(this.context, after) : null };
  }

  /** Puts a result into the tree; the path goes on behind it, or a limit ends it. */
  accept({ path, node, request, outcome, result, kept, ms }: FinishedCall): void {
    this.record.addResult(node, result);
    addResult(path, request, outcome, result);
    path.callsMs += ms;
    if (path.ids.length >= this.context.task.limits.tokens) this.end(path, "token-limit");
    else if (isOutOfTime(this.context, path)) this.end(path, "time-limit");
    else {
      path.received = { node, path: { ...path }, kept };
      if (this.chains === null) this.decisions.resultReceived(path, path.received);
      this.ready.push(path);
    }
  }

  /** After the results of a tick are in: decides what can be decided, starts what can start. Returns turns to sample. */
  async settle(): Promise<SampleRequest[]> {
    if (this.measuresRoot) return [rootRequest(this.context, this.stops, this.promptIds)];
    for (;;) {
      await this.decide();
      const started = await this.start();
      // A probe whose environment could not be built has ended already.
      if (this.budget === null && this.isIdle) this.split();
      else if (!started) break;
    }
    this.decisions.tellBatch(this.budget, this.live.values(), this.slots.full);
    return this.ready.splice(0).map((path) => pathRequest(this.context, this.stops, path));
  }

  /** The finished tree, when all its paths are judged; rejects while paths are live. */
  async tree(): Promise<RolloutTree> {
    const { task, question } = this.context;
    if (this.budget === null || !this.isIdle || !this.slots.full) {
      throw new AepoError("rollout", `the tree of question ${question.id} has not finished growing`);
    }
    return await this.record.tree(task.name, question, this.promptIds, this.budget);
  }

  /** Whether all paths have ended, and with them all decisions. */
  private get isIdle(): boolean {
    return this.live.size === 0 && !this.decisions.waiting;
  }

  /** `Departures.rootTokens`: what it wrote is paid for and thrown away. */
  private receiveRoot(sample: Sample): null {
    const { task, tokenizer } = this.context;
    this.measuresRoot = false;
    if (sample.finish !== "failed") this.record.setRootTurn(readTurn(task, tokenizer, sample));
    else
      this.record.addNote("the generation that H_root is measured on was lost: the probe's first step is in its place");
    return null;
  }

  /** What the result before the turn is now known to be: a step to decide on, or a node that is no leaf. */
  private turnWritten(path: LivePath, turn: PolicyTurn): void {
    const point = path.received;
    path.received = null;
    if (this.chains === null) this.decisions.turnWritten(path, turn, point);
    else if (point !== null) this.chains.add(path, point);
  }

  private end(path: LivePath, end: EndReason): void {
    const { task, question } = this.context;
    this.finish(path, end, gradePath(task, question, transcriptOf(path)));
  }

  private finish(path: LivePath, end: EndReason, reward: Reward | Promise<Reward>): void {
    this.record.end(path, end, reward);
    this.live.delete(path.id);
  }

  /** All decisions that are due, in order (AEPO-R9), and their forks. */
  private async decide(): Promise<void> {
    for (;;) {
      const step = this.decisions.next(this.live.values());
      if (step === null) return;
      for (const { state, replayed } of await this.decisions.decide(step, this.slots.branchesLeft)) {
        this.record.addReplayed(replayed);
        const fork = newFork(this.slots.takeBranch(), step.path, step.point, state);
        if (this.context.rules.order === "depthFirst") this.waiting.push(fork);
        else this.go(fork);
      }
    }
  }

  /** Starts what may start now; false if nothing. */
  private async start(): Promise<boolean> {
    const idle = this.isIdle;
    const fork = idle ? this.waiting.pop() : undefined;
    if (fork !== undefined) this.go(fork);
    const roots = this.slots.nextRoots(idle && fork === undefined);
    if (roots !== null) await this.startRoots(roots);
    else if (idle && this.chains !== null && this.slots.branchesLeft > 0) {
      for (const chain of this.chains.draw()) await this.startChain(chain);
    } else return false;
    return true;
  }

  private async startRoots({ role, ids }: RootStart): Promise<void> {
    const { rules } = this.context;
    const nameOf = (id: number) => (role === "probe" && rules.probe === "discard" ? "probe" : id);
    const fills = role === "fill" && rules.departures?.fillOneByOne === true;
    const mayBranch = fills || role === "global";
    const paths = ids.map((id) => newRoot(id, role, nameOf(id), this.promptIds, mayBranch));
    if (fills) for (const path of paths) this.decisions.openedFill(path);
    await this.startWhole(paths);
    if (role === "global") for (const id of ids) this.chains?.plant(id);
  }

  /** B-TREE: from the end of a result, or from the question where that was drawn or its state cannot be had again. */
  private async startChain({ root, point }: Chain): Promise<void> {
    const id = this.slots.takeBranch();
    const restored = point === null ? [] : await restoreStates(point.kept, 1);
    if ("unavailable" in restored) this.record.addNote(restored.unavailable);
    const [had] = "unavailable" in restored ? [] : restored;
    if (point === null || had === undefined) return this.startWhole([newChain(id, root, this.promptIds)]);
    this.record.addReplayed(had.replayed);
    this.go(newFork(id, point.owner, point, had.state));
  }

  /** Builds the environments together; one that cannot be built ends its path. */
  private async startWhole(paths: readonly LivePath[]): Promise<void> {
    const { task, question } = this.context;
    const built = await Promise.all(paths.map(() => initialState(this.context)));
    for (const [i, path] of paths.entries()) {
      const environment = built[i] ?? { failed: "" };
      if ("failed" in environment) {
        const { failed } = environment;
        this.record.addNote(`task ${task.name}, question ${question.id}: the environment cannot be built: ${failed}`);
        this.end(path, "tool-failure");
      } else {
        path.state = environment.state;
        this.go(path);
      }
    }
  }

  private go(path: LivePath): void {
    this.decisions.opened(path);
    path.startedMs = this.context.clock.nowMs();
    this.live.set(path.id, path);
    this.ready.push(path);
  }

  /** AEPO-R1: m, from the probe that has ended or from none. */
  private split(): void {
    const { rules, entropyDivisor } = this.context;
    const probe = rules.probe === "none" ? null : this.record.written();
    this.budget = splitBudget(rules, entropyDivisor, probe, this.record.rootTurn);
    this.slots.split(this.budget.globalRollouts);
    if (rules.probe === "discard") this.record.discardProbe();
  }

  private pathOf(requestId: string): LivePath {
    const path = this.live.get(Number(requestId.split("/")[1]));
    if (path !== undefined) return path;
    throw new AepoError("policy", `the sampler returned "${requestId}", which is not an open request`);
  }
}
