/**
 * The one order that makes sense, outermost first; what is not asked for is not there:
 *
 * 1. ledger: sees every call as the path does, and what became of it inside.
 * 2. traffic: a replayed call must touch nothing further in, and what is recorded is what the path is told: refused by a
 *    budget, cut, or failed after the last try.
 * 3. path budget: hangs on the path alone, so a cached call counts like any other.
 * 4. truncate: outside the cache, which keeps whole results and so stays right when the limit changes.
 * 5. cache: a hit costs nothing, waits for nothing and is not limited.
 * 6. retry: every try is charged and limited by itself, and no place is held during a pause.
 * 7. run budget, asked: what can no longer be paid does not join the queue.
 * 8. limit (rate and concurrency in one queue).
 * 9. run budget, charged, and the meter: what is charged has really begun.
 * 10. timeout: the time of one try, without the queue.
 *
 * Limits, budgets and cache are shared by the tools that are put in together.
 */
import { z } from "zod";
import { type Clock, systemClock } from "../../std/clock.ts";
import { AepoError } from "../../std/errors.ts";
import type { AnyTool } from "../tool.ts";
import { around, type Around } from "./around.ts";
import { cache } from "./cache.ts";
import type { CountTokens } from "./cut-text.ts";
import { type Ledger, ledger } from "./ledger.ts";
import { limit } from "./limit.ts";
import { type AroundOptions, type AroundOptionsInput, aroundOptionsSchema } from "./options.ts";
import { pathBudget } from "./path-budget.ts";
import { MemoryStore, type ResultStore, type StoreBounds } from "./result-store.ts";
import { retry } from "./retry.ts";
import { metered, RunAccount, whileFunded } from "./run-account.ts";
import { timeout } from "./timeout.ts";
import { type TrafficLog, traffic } from "./traffic.ts";
import { truncate } from "./truncate.ts";

export interface AroundServices {
  /** The system's by default. */
  readonly clock?: Clock;
  /** Of the pauses between tries; 1 by default. */
  readonly seed?: number;
  /** Without one nobody counts. */
  readonly ledger?: Ledger;
  /** Needed by `truncate`. */
  readonly countTokens?: CountTokens;
  /** Needed by `cache.file`. */
  readonly store?: ResultStore;
  /** What the results of these tools depend on besides their input: their settings. Needed where a cache outlives the run. */
  readonly scope?: string;
  readonly traffic?: TrafficLog;
}

/** Throws AepoError("config") for options that are wrong, or that need a service which is not there. */
export function aroundAll(
  tools: readonly AnyTool[],
  options: AroundOptionsInput,
  services: AroundServices = {},
): AnyTool[] {
  const parsed = aroundOptionsSchema.safeParse(options);
  if (!parsed.success) throw new AepoError("config", `around: ${z.prettifyError(parsed.error)}`);
  const wrappers = stack(tools, parsed.data, services);
  return tools.map((tool) => around(tool, wrappers));
}

function stack(tools: readonly AnyTool[], options: AroundOptions, services: AroundServices): Around[] {
  const { clock = systemClock, seed = 1, ledger: book, traffic: log } = services;
  const { timeoutMs, concurrency, rate, budget, price = 0 } = options;
  const names = new Set(tools.map(({ name }) => name));
  const account = new RunAccount(budget?.run ?? {}, price, log?.spent(names));
  return [
    ...(book === undefined ? [] : [ledger(book, clock)]),
    ...(log === undefined ? [] : [traffic(log, clock)]),
    ...(budget?.path === undefined ? [] : [pathBudget({ budget: budget.path, tools: names, price })]),
    ...(options.truncate === undefined ? [] : [truncate(options.truncate, counter(services))]),
    ...(options.cache === undefined ? [] : [cache(storeOf(options.cache, services), services.scope)]),
    ...(options.retry === undefined ? [] : [retry(options.retry, seed)]),
    ...(budget?.run === undefined ? [] : [whileFunded(account)]),
    ...(concurrency === undefined && rate === undefined ? [] : [limit({ concurrency, rate })]),
    metered(account, clock),
    ...(timeoutMs === undefined ? [] : [timeout(timeoutMs)]),
  ];
}

function counter({ countTokens }: AroundServices): CountTokens {
  if (countTokens !== undefined) return countTokens;
  throw new AepoError("config", "truncate: there is nothing that counts tokens", {
    fix: "pass countTokens, such as (text) => tokenizer.encode(text).length",
  });
}

type CacheOptions = NonNullable<AroundOptions["cache"]>;

function storeOf(options: CacheOptions, { store }: AroundServices): ResultStore {
  if (store !== undefined) return store;
  if (options.file === undefined) return new MemoryStore(storeBounds(options));
  throw new AepoError("config", `cache.file: ${options.file} has not been opened`, {
    fix: "pass store, as openResultFile gives it; or leave cache.file out for a cache in memory",
  });
}

export function storeBounds({ entries, mebibytes }: CacheOptions): StoreBounds {
  return { entries, characters: mebibytes * 2 ** 19 };
}
