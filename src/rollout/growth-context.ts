/** What the growth of a tree is given: the task, the rules, names of random streams, limits on time. */
import type { AnyTask, Question } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { Shaping } from "../policy/shaping.ts";
import type { Clock } from "../std/clock.ts";
import type { BatchRounds } from "./batch-rounds.ts";
import type { OpenCalls } from "./call-tool.ts";
import type { PlaceBaselines } from "./place-baselines.ts";
import type { GrowthRules } from "./rules.ts";
import type { WallTimeRecord } from "./wall-time.ts";

export interface GrowthContext {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly rules: GrowthRules;
  /** Names of every random stream: (seed, name, step, question, path, turn). */
  readonly seed: number;
  readonly name: string;
  readonly step: number;
  /** What its calls are placed under, where name and step are the same for several growths of a run (default: `name/step`). */
  readonly placeName?: string;
  /** Softmax temperature of sampling. */
  readonly temperature: number;
  /** Cuts what turns are drawn from; never in training (AEPO-H1). */
  readonly shaping?: Shaping | undefined;
  /** AEPO-H5: nats a unit of the entropy scale. */
  readonly entropyDivisor: number;
  /** Write the task's state key of every turn into the tree (default: no). */
  readonly stateKeys?: boolean;
  /** Wall time of a tool call. */
  readonly toolTimeoutMs: number;
  /** Wall time of a path, looked at before each of its turns; Infinity: none. */
  readonly pathTimeMs: number;
  readonly clock: Clock;
  /** Calls that run now; stopping a run aborts them. */
  readonly calls: OpenCalls;
}

/** The same for one question. */
export interface QuestionContext extends GrowthContext {
  readonly question: Question;
  /** Its place in the batch: part of the ids of its sample requests. */
  readonly index: number;
  /** Its name in random streams: the question's id, and a number when a batch holds the question twice. */
  readonly streamName: string;
  /** Cuts by wall time to repeat instead of looking at the clock (AEPO-R10); null: look at it. */
  readonly recorded: WallTimeRecord | null;
  /** For rules that take H_root from a path's place in its batch. */
  readonly placeBaselines: PlaceBaselines;
  /** Of the whole batch, for rules by which they hang together; else null. */
  readonly batchRounds: BatchRounds | null;
}
