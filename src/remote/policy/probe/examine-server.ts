/** What a policy has to know of a server before it trains there, found out on a model that is thrown away. */
import type { RemoteModel } from "../../client/tinker-client.ts";
import type { Reduction, RemotePolicyOptions } from "../options.ts";
import { type OptimizerEffects, probeOptimizer } from "./optimizer-effects.ts";
import { probeSequence } from "./probe-datums.ts";
import { probeReduction } from "./reduction-probe.ts";

export interface Examined {
  readonly reduction: Reduction;
  /** Null: not looked at, or not to be found out. */
  readonly effects: OptimizerEffects | null;
}

/** Models are unloaded again before this resolves: a server may have room for one. */
export async function examineServer(options: RemotePolicyOptions): Promise<Examined> {
  const {
    client,
    baseModel,
    rank,
    seed,
    limits,
    reduction: said = "auto",
    microBatch = 1,
    optimizer,
    signal,
  } = options;
  if (said !== "auto" && optimizer === undefined) return { reduction: said, effects: null };
  const fresh = (): Promise<RemoteModel> => client.createModel({ baseModel, rank, seed, limits }, signal);
  const sequence = probeSequence(limits);
  const model = await fresh();
  try {
    const reduction = said === "auto" ? (await probeReduction(model, fresh, sequence, microBatch)).reduction : said;
    if (optimizer === undefined) return { reduction, effects: null };
    return { reduction, effects: await probeOptimizer({ model, sequence, reduction, microBatch }) };
  } finally {
    await model.unload();
  }
}
