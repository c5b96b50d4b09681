/**
 * What the tools of a run did, tool by tool. The ledger itself is written on; what it says is a value, to be read at any time.
 * Latency is what the path waits for (queues, pauses, caches and all), the time of the tries is the tool's own.
 */
import type { Clock } from "../../std/clock.ts";
import { type Around, type CallNotes, newNotes, wrapped } from "./around.ts";
import { type FailureKind, failureKind } from "./failure-kind.ts";
import { addLatencies, type Latencies, noLatencies, withLatency } from "./latencies.ts";

export interface ToolFigures {
  readonly calls: number;
  readonly ok: number;
  readonly failed: Readonly<Partial<Record<FailureKind, number>>>;
  /** Tries after the first. */
  readonly retries: number;
  readonly cached: number;
  readonly replayed: number;
  readonly cost: number;
  readonly tokensCut: number;
  /** Of the tool itself, all tries. */
  readonly seconds: number;
  readonly latencies: Latencies;
}

/** By the name of the tool, in the order of their first calls. */
export type LedgerFigures = Readonly<Record<string, ToolFigures>>;

export class Ledger {
  private figures: LedgerFigures = {};

  /** Everything so far. */
  read(): LedgerFigures {
    return this.figures;
  }

  /** Everything since this was last asked. */
  take(): LedgerFigures {
    const taken = this.figures;
    this.figures = {};
    return taken;
  }

  add(tool: string, figures: ToolFigures): void {
    this.figures = { ...this.figures, [tool]: addFigures(this.figures[tool] ?? noFigures, figures) };
  }
}

export function ledger(book: Ledger, clock: Clock): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      const notes = newNotes();
      const startedMs = clock.nowMs();
      const enter = (failed: FailureKind | null): void =>
        book.add(tool.name, figuresOf(notes, clock.nowMs() - startedMs, failed));
      try {
        const output = await inner(input, { ...context, notes });
        enter(null);
        return output;
      } catch (thrown) {
        enter(failureKind(thrown, context.signal));
        throw thrown;
      }
    });
}

export const noFigures: ToolFigures = {
  calls: 0,
  ok: 0,
  failed: {},
  retries: 0,
  cached: 0,
  replayed: 0,
  cost: 0,
  tokensCut: 0,
  seconds: 0,
  latencies: noLatencies,
};

function figuresOf(notes: CallNotes, ms: number, failed: FailureKind | null): ToolFigures {
  return {
    calls: 1,
    ok: failed === null ? 1 : 0,
    failed: failed === null ? {} : { [failed]: 1 },
    retries: Math.max(0, notes.tries - 1),
    cached: notes.cached ? 1 : 0,
    replayed: notes.replayed ? 1 : 0,
    cost: notes.cost,
    tokensCut: notes.tokensCut,
    seconds: notes.triesMs / 1000,
    latencies: withLatency(noLatencies, ms),
  };
}

/** What both did. */
export function addLedgers(a: LedgerFigures, b: LedgerFigures): LedgerFigures {
  const all = new Map(Object.entries(a));
  for (const [tool, figures] of Object.entries(b)) all.set(tool, addFigures(all.get(tool) ?? noFigures, figures));
  return Object.fromEntries(all);
}

function addFigures(a: ToolFigures, b: ToolFigures): ToolFigures {
  const failed = new Map(Object.entries(a.failed));
  for (const [kind, calls] of Object.entries(b.failed)) failed.set(kind, (failed.get(kind) ?? 0) + calls);
  return {
    calls: a.calls + b.calls,
    ok: a.ok + b.ok,
    failed: Object.fromEntries(failed),
    retries: a.retries + b.retries,
    cached: a.cached + b.cached,
    replayed: a.replayed + b.replayed,
    cost: a.cost + b.cost,
    tokensCut: a.tokensCut + b.tokensCut,
    seconds: a.seconds + b.seconds,
    latencies: addLatencies(a.latencies, b.latencies),
  };
}
