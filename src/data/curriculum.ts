/**
 * Difficulty by measured pass rate: what is always or never solved teaches nothing, and is asked less. The state is a value that
 * goes into a checkpoint; nothing here remembers.
 */
import { z } from "zod";
import { AepoError } from "../std/errors.ts";

const weightSchema = z.number().min(0).max(1);

export const curriculumSchema = z
  .strictObject({
    always: weightSchema
      .default(0)
      .describe("Chance that a question which is always solved is asked when its turn comes; 0 drops it."),
    never: weightSchema.default(0.25).describe("The same of a question which is never solved."),
    easy: z.number().gt(0).max(1).default(1).describe("Pass rate from which a question counts as always solved."),
    hard: z.number().min(0).lt(1).default(0).describe("Pass rate up to which it counts as never solved."),
    after: z.int().positive().default(8).describe("Tries of a question before it is judged."),
    memory: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("What earlier tries still count when there are new ones: 1 as much, 0 nothing."),
  })
  .check(({ value, issues }) => {
    const { easy, hard } = value;
    if (hard < easy) return;
    issues.push({ code: "custom", input: value, path: ["hard"], message: `must be below easy (${easy})` });
  });
export type CurriculumOptions = z.output<typeof curriculumSchema>;

/** Of one question, earlier tries faded. */
export interface PassCount {
  readonly solved: number;
  readonly of: number;
}

/** By the question's id; what was never tried is not in it. */
export type CurriculumState = ReadonlyMap<string, PassCount>;

/** What one question's group showed. */
export interface Observation {
  readonly question: string;
  readonly solved: number;
  readonly of: number;
}

export interface Curriculum {
  initial(): CurriculumState;
  observe(state: CurriculumState, questionId: string, solved: number, of: number): CurriculumState;
  observeAll(state: CurriculumState, observations: readonly Observation[]): CurriculumState;
  /** Chance, 0 … 1, that the question is asked when its turn comes. */
  weight(state: CurriculumState, questionId: string): number;
  toJson(state: CurriculumState): CurriculumJson;
  /** Throws AepoError("run") for what `toJson` did not write. */
  fromJson(json: unknown): CurriculumState;
}

export const curriculumJsonSchema = z.record(z.string(), z.tuple([z.number().min(0), z.number().positive()]));
/** Solved and tries by id. */
export type CurriculumJson = z.infer<typeof curriculumJsonSchema>;

export function curriculum(options: CurriculumOptions): Curriculum {
  const observeAll = (state: CurriculumState, observations: readonly Observation[]): CurriculumState => {
    const next = new Map(state);
    for (const { question, solved, of } of observations) {
      if (!(solved >= 0 && solved <= of)) throw new RangeError(`${solved} of ${of} tries of ${question} solved`);
      if (of === 0) continue;
      const before = next.get(question) ?? { solved: 0, of: 0 };
      const { memory } = options;
      next.set(question, { solved: before.solved * memory + solved, of: before.of * memory + of });
    }
    return next;
  };
  return {
    initial: () => new Map(),
    observe: (state, question, solved, of) => observeAll(state, [{ question, solved, of }]),
    observeAll,
    weight(state, question) {
      const { solved, of } = state.get(question) ?? { solved: 0, of: 0 };
      if (of < options.after) return 1;
      if (solved >= options.easy * of) return options.always;
      return solved <= options.hard * of ? options.never : 1;
    },
    toJson: (state) => Object.fromEntries([...state].map(([id, { solved, of }]) => [id, [solved, of]])),
    fromJson(json) {
      const parsed = curriculumJsonSchema.safeParse(json);
      if (!parsed.success || Object.values(parsed.data).some(([solved, of]) => solved > of)) {
        throw new AepoError("run", "the curriculum's state is damaged", {
          expected: "solved and tries by question id",
        });
      }
      return new Map(Object.entries(parsed.data).map(([id, [solved, of]]) => [id, { solved, of }]));
    },
  };
}
