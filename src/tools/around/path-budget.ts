/**
 * What one path may ask of some tools. The path's own record of its calls is what counts, so there is no counter to keep or to
 * fork: a fork inherits what came before it, a path that is made again is cut at the same call. Calls that failed, or were
 * answered from a cache, count too: what a path may do must not hang on what others did.
 */
import { type Budget, refusal, type Spent } from "./budget-failure.ts";
import { type Around, type AroundContext, wrapped } from "./around.ts";

export interface PathBudgetOptions {
  readonly budget: Budget;
  /** Names of the tools whose calls count. */
  readonly tools: ReadonlySet<string>;
  /** Of one call. */
  readonly price: number;
}

export function pathBudget(options: PathBudgetOptions): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      const refused = refusal(options.budget, spentOn(context, options), options.price, "this path");
      if (refused !== null) throw refused;
      return inner(input, context);
    });
}

/** Outside a run nothing is known of the path but the number of its calls. */
function spentOn({ place, call }: AroundContext, { tools, price }: PathBudgetOptions): Spent {
  const calls = place === undefined ? call : place.before.filter(({ tool }) => tools.has(tool)).length;
  return { calls, seconds: (place?.beforeMs ?? 0) / 1000, cost: calls * price };
}
