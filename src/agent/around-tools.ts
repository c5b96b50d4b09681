/**
 * What the recipe puts around the tools: the tools without an entry of their own share the stack of `all`, each of the others has
 * its own. The ledger and the traffic see every call.
 */
import { openResultFile } from "../toolbox/cache/result-file.ts";
import { AepoError } from "../std/errors.ts";
import type { Clock } from "../std/clock.ts";
import { aroundAll, type AroundServices, storeBounds } from "../tools/around/around-all.ts";
import type { CountTokens } from "../tools/around/cut-text.ts";
import type { Ledger } from "../tools/around/ledger.ts";
import type { AroundOptions } from "../tools/around/options.ts";
import type { TrafficLog } from "../tools/around/traffic.ts";
import type { AnyTool } from "../tools/tool.ts";
import type { Closing } from "./closing.ts";

/** By the name of a tool, or `all`. */
export type AroundEntries = Readonly<Record<string, AroundOptions>>;

export interface Surroundings {
  readonly clock: Clock;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly traffic: TrafficLog | null;
  /** What results depend on besides the input, in words: the tools' settings. */
  readonly scope: string;
  countTokens(): Promise<CountTokens>;
}

export async function aroundTools(
  tools: readonly AnyTool[],
  entries: AroundEntries,
  surroundings: Surroundings,
  closing: Closing,
): Promise<AnyTool[]> {
  checkEntries(tools, entries);
  const { all = {}, ...own } = entries;
  const stacks = [
    { tools: tools.filter(({ name }) => own[name] === undefined), options: all },
    ...Object.entries(own).map(([tool, options]) => ({
      tools: tools.filter(({ name }) => name === tool),
      options: { ...all, ...given(options) },
    })),
  ];
  const wrapped = new Map<string, AnyTool>();
  for (const { tools: some, options } of stacks) {
    const services = await servicesFor(options, surroundings, closing);
    for (const tool of aroundAll(some, options, services)) wrapped.set(tool.name, tool);
  }
  return tools.map((tool) => wrapped.get(tool.name) ?? tool);
}

async function servicesFor(
  options: AroundOptions,
  { clock, seed, ledger, traffic, scope, countTokens }: Surroundings,
  closing: Closing,
): Promise<AroundServices> {
  const { truncate, cache } = options;
  const store = cache?.file === undefined ? null : openResultFile(cache.file, storeBounds(cache));
  if (store !== null) closing.add(() => store.close());
  return {
    clock,
    seed,
    ledger,
    scope,
    ...(truncate === undefined ? {} : { countTokens: await countTokens() }),
    ...(store === null ? {} : { store }),
    ...(traffic === null ? {} : { traffic }),
  };
}

function checkEntries(tools: readonly AnyTool[], entries: AroundEntries): void {
  const names = tools.map(({ name }) => name);
  const unknown = Object.keys(entries).find((name) => name !== "all" && !names.includes(name));
  if (unknown !== undefined) {
    throw new AepoError("config", `task.around.${unknown}: there is no tool "${unknown}"`, {
      exists: `all, ${names.join(", ")}`,
      fix: "name a tool of the agent, or all",
    });
  }
  if (entries["all"] === undefined || names.some((name) => entries[name] === undefined)) return;
  const said = Object.keys(given(entries["all"]));
  const idle = said.find((field) => names.every((name) => field in given(entries[name] ?? {})));
  if (idle === undefined) return;
  throw new AepoError("config", `task.around.all.${idle} has no effect: every tool says its own`, {
    fix: "leave it out of all, or out of a tool",
  });
}

/** What was said, without what was left out. */
function given(options: AroundOptions): AroundOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
