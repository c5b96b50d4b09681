/**
 * Grows the trees of many questions in one sampler. Logical time (AEPO-R10): all tools called in a tick run together and
 * are awaited before the next tick, so that the rows decoded together, and with them the bits of a run, depend on seeds
 * alone. `overlap` gives that up for slow tools: decoding goes on and results are taken as they come.
 */
import type { Question } from "../envs/task.ts";
import type { Sample, Sampler } from "../policy/policy.ts";
import { Bell } from "../std/bell.ts";
import { AepoError } from "../std/errors.ts";
import { untilAborted } from "../std/until-aborted.ts";
import { BatchRounds } from "./batch-rounds.ts";
import type { OpenCalls } from "./call-tool.ts";
import type { GrowthContext } from "./growth-context.ts";
import { madePaths } from "./made-paths.ts";
import type { PlaceBaselines } from "./place-baselines.ts";
import { QuestionGrowth, type TurnCall } from "./question-growth.ts";
import type { RolloutTree } from "./tree.ts";
import type { WallTimeRecord } from "./wall-time.ts";

export interface GrowOptions extends Omit<GrowthContext, "name" | "pathTimeMs" | "calls"> {
  /** Stops the growth: running tool calls are aborted and the promise rejects with the reason. */
  readonly signal: AbortSignal;
  /** The caller's: it is not closed here. */
  readonly sampler: Sampler;
  readonly questions: readonly Question[];
  /** Part of every random stream's name (default `rollout`). */
  readonly name?: string;
  /** A question is started while fewer paths than this are open (default 96). */
  readonly inFlight?: number;
  /** Decode while tools run. */
  readonly overlap: boolean;
  /** Wall time of a path, looked at before each of its turns (default: none). */
  readonly pathTimeMs?: number;
  /** Cuts by wall time to repeat, one record a question (AEPO-R10); null or missing: the clock decides. */
  readonly recorded?: readonly (WallTimeRecord | null)[];
  /** What stood at each place of the batches before, for rules that ask for it (`Departures.placeBaselines`). */
  readonly placeBaselines?: PlaceBaselines;
  /** Trees that are there already, by the question's index: they are not grown again. */
  readonly known?: ReadonlyMap<number, RolloutTree>;
  /** Told of a tree as soon as all its paths are judged, while others grow; not of those that are known. */
  readonly onTree?: (index: number, tree: RolloutTree) => void;
}

/** One tree a question, in the order of the questions. */
export async function growTrees(options: GrowOptions): Promise<RolloutTree[]> {
  const { signal } = options;
  signal.throwIfAborted();
  const calls: OpenCalls = new Set();
  const stop = (): void => {
    for (const call of calls) call.abort(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Forest(options, calls).grow();
  } catch (thrown) {
    // What still runs runs for nothing.
    for (const call of calls) call.abort(thrown);
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A result that has come in, numbered in the order of the calls. */
interface Arrival {
  readonly number: number;
  readonly growth: QuestionGrowth;
  /** Takes it; throws if the call broke in a way that no result can tell. */
  accept(): void;
}

class Forest {
  private readonly options: GrowOptions;
  private readonly growths: readonly QuestionGrowth[];
  /** By the question's index, once nothing but rewards is to come. */
  private readonly trees = new Map<number, Promise<RolloutTree>>();
  private readonly running = new Set<Promise<void>>();
  private arrived: Arrival[] = [];
  /** Rings when a result has come in. */
  private readonly arrival = new Bell();
  private started = 0;
  /** Requests that the sampler holds. */
  private open = 0;
  private calls = 0;
  /** What the sampler was asked for and has not given yet. */
  private asked: Promise<readonly Sample[]> | null = null;

  constructor(options: GrowOptions, calls: OpenCalls) {
    const { questions, name = "rollout", pathTimeMs = Number.POSITIVE_INFINITY } = options;
    this.options = options;
    const batchRounds = hangsTogether(options.rules) ? new BatchRounds(questions.length) : null;
    this.growths = questions.map((question, index) => {
      const streamName = streamNameOf(questions, index);
      const recorded = options.recorded?.[index] ?? null;
      const { placeBaselines = [] } = options;
      const named = { name, pathTimeMs, calls, question, index, streamName, batchRounds };
      return new QuestionGrowth({ ...options, ...named, recorded, placeBaselines });
    });
    for (const [index, tree] of options.known ?? []) {
      this.trees.set(index, Promise.resolve(tree));
      batchRounds?.tell(index, madePaths(tree), Number.POSITIVE_INFINITY);
    }
  }

  async grow(): Promise<RolloutTree[]> {
    for (;;) {
      this.options.signal.throwIfAborted();
      await this.startQuestions();
      if (this.open + this.running.size + this.arrived.length === 0) {
        return this.unlessStopped(
          Promise.all(this.growths.map((growth, index) => this.trees.get(index) ?? growth.tree())),
        );
      }
      const touched = await this.tick();
      for (const growth of await this.results()) touched.add(growth);
      await this.settle(touched);
    }
  }

  private async startQuestions(): Promise<void> {
    const { inFlight = 96 } = this.options;
    const first = this.started;
    let expected = this.open + this.running.size;
    for (; this.started < this.growths.length && expected < inFlight; this.started++) {
      if (!this.trees.has(this.started)) expected += this.growths[this.started]?.opening ?? 0;
    }
    const started = this.growths.filter((_, i) => i >= first && i < this.started && !this.trees.has(i));
    await this.settle(new Set(started));
  }

  /** Takes the turns that a tick of the sampler has finished, and starts their calls. */
  private async tick(): Promise<Set<QuestionGrowth>> {
    const touched = new Set<QuestionGrowth>();
    const samples = await this.samples();
    if (samples === null) return touched;
    if (samples.length === 0) throw new AepoError("policy", `the sampler lost ${this.open} open requests`);
    this.open -= samples.length;
    for (const sample of samples) {
      const growth = this.growths[Number(sample.id.split("/")[0])];
      if (growth === undefined) throw new AepoError("policy", `the sampler returned "${sample.id}", not a request`);
      touched.add(growth);
      const call = growth.receive(sample);
      if (call !== null) this.run(growth, call);
    }
    return touched;
  }

  /** Null if nothing is sampled, or, with `overlap`, if a result is there first: it is written on while the rest samples. */
  private async samples(): Promise<readonly Sample[] | null> {
    if (this.open === 0) return null;
    this.asked ??= this.options.sampler.next();
    // A growth that is stopped no longer waits for it.
    this.asked.catch(() => {});
    if (this.options.overlap) {
      if (this.arrived.length === 0) await Promise.race([this.asked, this.arrival.next()]);
      if (this.arrived.length > 0) return null;
    }
    const samples = await this.asked;
    this.asked = null;
    return samples;
  }

  private run(growth: QuestionGrowth, call: TurnCall): void {
    const number = this.calls++;
    const arrive = (accept: () => void): void => {
      this.running.delete(work);
      this.arrived.push({ number, growth, accept });
      this.arrival.ring();
    };
    const work: Promise<void> = growth.run(call).then(
      (finished) => arrive(() => growth.accept(finished)),
      (thrown: unknown) =>
        arrive(() => {
          throw thrown;
        }),
    );
    this.running.add(work);
  }

  /** Results that are in: all of this tick's, or, with `overlap`, those that have come by now. */
  private async results(): Promise<QuestionGrowth[]> {
    if (!this.options.overlap) await this.unlessStopped(Promise.all(this.running));
    else if (this.open + this.arrived.length === 0 && this.running.size > 0)
      await this.unlessStopped(this.arrival.next());
    const arrived = this.arrived.sort((a, b) => a.number - b.number);
    this.arrived = [];
    for (const { accept } of arrived) accept();
    return arrived.map(({ growth }) => growth);
  }

  /**
   * Decisions and starts of the questions touched, together; their requests in the order of the questions. Then those of questions
   * that had to wait for them.
   */
  private async settle(touched: ReadonlySet<QuestionGrowth>): Promise<void> {
    let growths = this.growths.filter((growth) => touched.has(growth));
    while (growths.length > 0) {
      const requests = await this.unlessStopped(Promise.all(growths.map((growth) => growth.settle())));
      for (const request of requests.flat()) {
        this.options.sampler.submit(request);
        this.open++;
      }
      this.announce(growths);
      growths = this.growths.filter((growth) => growth.isDue);
    }
  }

  /** Whoever keeps trees gets one when its rewards are in; a failure to keep it ends the growth with the others. */
  private announce(growths: readonly QuestionGrowth[]): void {
    const { onTree } = this.options;
    if (onTree === undefined) return;
    for (const growth of growths) {
      const index = this.growths.indexOf(growth);
      if (!growth.isGrown || this.trees.has(index)) continue;
      const told = growth.tree().then((tree) => {
        onTree(index, tree);
        return tree;
      });
      told.catch(() => {});
      this.trees.set(index, told);
    }
  }

  private unlessStopped<T>(work: Promise<T>): Promise<T> {
    return untilAborted(this.options.signal, () => work);
  }
}

/** Whether decisions of a question depend on the rounds of others. */
function hangsTogether({ departures = {} }: GrowOptions["rules"]): boolean {
  return departures.counter === "batch" || departures.placeBaselines === true;
}

/** A question that is twice in a batch is grown twice, with draws of its own. */
function streamNameOf(questions: readonly Question[], index: number): string {
  const id = questions[index]?.id ?? "";
  const before = questions.slice(0, index).filter((question) => question.id === id).length;
  return before === 0 ? id : `${id} again ${before}`;
}
