/**
 * The questions of a recipe: sources are read, duplicates named, what is held out is kept apart from what is trained on, and both
 * become endless orders. Whatever is left out or mended is told.
 */
import { z } from "zod";
import type { HubOptions } from "../models/hub/session.ts";
import { AepoError } from "../std/errors.ts";
import { isHeldOut } from "./mixing/hold-out.ts";
import { mixQuestions, type Pool } from "./mixing/mix-questions.ts";
import { named } from "./mixing/question-names.ts";
import { questionKey } from "./mixing/question-key.ts";
import {
  type QuestionDataInput,
  type QuestionDataOptions,
  questionDataSchema,
  type QuestionSource,
} from "./question-options.ts";
import type { DataQuestion, QuestionData, SourceReport } from "./question-set.ts";
import { readSource } from "./read-source.ts";

export interface OpenQuestionsContext {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Told what was repaired, left out, or occurs again. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** For `hf://` (default: the environment's). */
  readonly hub?: HubOptions | undefined;
}

export async function openQuestions(input: QuestionDataInput, context: OpenQuestionsContext): Promise<QuestionData> {
  const options = checked(input);
  const { seed, onWarning = () => undefined } = context;
  const hub = { onNotice: onWarning, ...context.hub };
  const taken = new Map<string, number>();
  const sources: SourceReport[] = [];
  const read = async (split: "train" | "test", list: readonly QuestionSource[]): Promise<KeyedPool[]> => {
    const pools: KeyedPool[] = [];
    for (const source of list) {
      const found = await readSource(source, { ...context, hub, onBadRow: options.onBadRow, onWarning });
      const keyed = found.questions.map(({ draft, source: name }) => {
        const key = questionKey(draft.prompt);
        return { key, question: named(draft, name, key, taken) };
      });
      pools.push({ keyed, weight: source.weight ?? null, name: found.name });
      sources.push({
        split,
        name: found.name,
        mapping: found.mapping,
        questions: keyed.length,
        skipped: found.skipped,
      });
    }
    return pools;
  };
  const train = await read("train", options.train);
  const test = options.test === undefined ? null : await read("test", options.test);
  warnOfRepeats(train, onWarning);
  const apart = test === null ? heldOut(train, options, seed) : withoutTested(train, test, onWarning);
  const fix = "name a test set, or hold out a share of train: split: {share: 0.1}";
  return {
    train: mixQuestions(apart.train, { name: "training", seed: options.shuffle ? seed : null, fix: "" }),
    test: mixQuestions(apart.test, { name: "test", seed: null, fix }),
    sources,
  };
}

interface Keyed {
  readonly key: string;
  readonly question: DataQuestion;
}

interface KeyedPool {
  readonly keyed: readonly Keyed[];
  readonly weight: number | null;
  readonly name: string;
}

interface Apart {
  readonly train: readonly Pool[];
  readonly test: readonly Pool[];
}

function checked(input: QuestionDataInput): QuestionDataOptions {
  const parsed = questionDataSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AepoError("config", `questions: ${z.prettifyError(parsed.error)}`);
}

function poolOf({ keyed, weight }: KeyedPool, keep: (key: string) => boolean): Pool {
  return { questions: keyed.filter(({ key }) => keep(key)).map(({ question }) => question), weight };
}

function heldOut(pools: readonly KeyedPool[], { split }: QuestionDataOptions, seed: number): Apart {
  if (split === undefined) return { train: pools.map((pool) => poolOf(pool, () => true)), test: [] };
  const by = split.by === "seed" ? seed : null;
  const isTest = (key: string): boolean => isHeldOut(key, split.share, by);
  const apart = {
    train: pools.map((pool) => poolOf(pool, (key) => !isTest(key))),
    test: pools.map((pool) => ({ ...poolOf(pool, isTest), weight: null })),
  };
  const [train, test] = [count(apart.train), count(apart.test)];
  if (train > 0 && test > 0) return apart;
  throw new AepoError(
    "config",
    `split.share ${split.share} leaves nothing to ${train === 0 ? "train on" : "test on"}`,
    {
      exists: `${train} questions to train on, ${test} to test on`,
      fix: "choose another share, or name a test set",
    },
  );
}

/** What is tested is never trained on, whichever file says so. */
function withoutTested(
  train: readonly KeyedPool[],
  test: readonly KeyedPool[],
  onWarning: (text: string) => void,
): Apart {
  const tested = new Set(test.flatMap(({ keyed }) => keyed.map(({ key }) => key)));
  const pools = train.map((pool) => {
    const kept = poolOf(pool, (key) => !tested.has(key));
    const dropped = pool.keyed.length - kept.questions.length;
    if (dropped > 0) onWarning(`${pool.name}: left out ${dropped} training questions that the test set has too`);
    return kept;
  });
  if (count(pools) === 0) {
    throw new AepoError("config", "the test set has all training questions", { fix: "train on others, or use split" });
  }
  return { train: pools, test: test.map((pool) => poolOf(pool, () => true)) };
}

function count(pools: readonly Pool[]): number {
  return pools.reduce((sum, { questions }) => sum + questions.length, 0);
}

/** They stay, since they weigh what the data says they weigh; with different answers they are worth a look. */
function warnOfRepeats(pools: readonly KeyedPool[], onWarning: (text: string) => void): void {
  const answers = new Map<string, string>();
  let [repeats, conflicts] = [0, 0];
  for (const { keyed } of pools) {
    for (const { key, question } of keyed) {
      const [mine, first] = [question.answers.join("\n"), answers.get(key)];
      if (first === undefined) answers.set(key, mine);
      else {
        repeats++;
        if (first !== mine) conflicts++;
      }
    }
  }
  if (repeats === 0) return;
  const other = conflicts === 0 ? "" : `, ${conflicts} with other answers`;
  onWarning(
    `${repeats} training questions occur before in the data${other}; they are kept, on the same side of a split`,
  );
}
