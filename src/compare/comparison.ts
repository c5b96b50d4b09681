/** The one config object of a comparison, saved as `compare.json`: methods with their resolved recipes, and what is the same for all. */
import { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { budgetSchema } from "../train/budget.ts";
import { type Recipe, recipeSchema } from "../train/config.ts";
import type { CellName } from "./layout.ts";

/** A folder's name, too. */
const methodNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const settingsFields = {
  seeds: z.array(z.int().nonnegative()).nonempty().describe("Every method is trained once with each."),
  budget: budgetSchema.describe("What training may spend, alike for all methods."),
  temperatures: z.array(z.number().min(0)).nonempty().describe("Of the held-out evaluation; 0 is greedy."),
  questions: z.int().positive().describe("Held-out questions, the same for all."),
  samples: z.int().positive().describe("Samples a question; one where it is greedy."),
  k: z.array(z.int().positive()).nonempty().describe("Pass@k is compared for these k."),
  pairs: z.enum(["first", "all"]).describe("Compare with the first method only, or every two."),
};

export const comparisonSchema = z.strictObject({
  format: z.literal("aepo-comparison-1"),
  methods: z.array(z.strictObject({ name: methodNameSchema, from: z.string(), recipe: recipeSchema })).min(2),
  ...settingsFields,
});
export type Comparison = z.output<typeof comparisonSchema>;
export type Method = Comparison["methods"][number];
export type ComparisonSettings = Omit<Comparison, "format" | "methods">;

export function checkMethodName(name: string): void {
  if (methodNameSchema.safeParse(name).success) return;
  throw new AepoError("usage", `a method cannot be called "${name}"`, {
    expected: "letters, digits, dots, dashes and underscores: it names a folder",
    fix: "give other names, one a recipe: --name NAME NAME ...",
  });
}

/** Seed by seed, so that an unfinished comparison is a paired one. */
export function cellsOf({ methods, seeds }: Pick<Comparison, "methods" | "seeds">): CellName[] {
  return seeds.flatMap((seed) => methods.map(({ name }) => ({ method: name, seed })));
}

/** The recipe of one cell: the method's, with the seed and the budget of the comparison. It is evaluated at its end, not on the way. */
export function cellRecipe({ budget }: Comparison, { recipe }: Method, seed: number, folder: string): Recipe {
  const { steps: _, ...train } = recipe.train;
  return recipeSchema.parse({
    ...recipe,
    seed,
    train: { ...train, budget },
    eval: { ...recipe.eval, every: 0 },
    run: { ...recipe.run, folder },
  });
}
