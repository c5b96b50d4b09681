/**
 * What the process holds beside the tensors of the moment. The system's allocator gives back large blocks only: what runs of
 * many small tensors once took stays, more or less, and an arena takes twice as much each time it grows. The numbers are
 * fitted to the peaks that `npm run bench:memory` measures on Linux.
 */
import type { ProgramMemory } from "./program-memory.ts";

export interface EngineBytes {
  /** Node, the engine, and the compiled programs. */
  readonly process: number;
  /** Freed, and not given back. */
  readonly allocator: number;
  /** Of the training program's session, if it has one. */
  readonly arena: number;
}

const MIB = 2 ** 20;
/** Node with the engine loaded, before a model is. */
const PROCESS_BYTES = 175 * MIB;
/** A compiled program, per node: ONNX Runtime's graph and the model it came from. */
const NODE_BYTES = 10 * 1024;
/** Of what runs took. */
const KEPT_SHARE = 0.25;
/** Before a session has an arena it runs without one, and what it took then is of less use to others. */
const KEPT_SHARE_BEFORE_ARENA = 0.45;
/** Lost between the tensors of an arena. */
const ARENA_GAPS = 1.1;

/** `churn`: bytes made anew at every step by other programs. */
export function heldByEngine(training: ProgramMemory, sampling: ProgramMemory | null, churn: number): EngineBytes {
  const nodes = training.nodes + (sampling?.nodes ?? 0);
  const others = churn + (sampling === null ? 0 : atWork(sampling));
  const share = training.arena ? KEPT_SHARE_BEFORE_ARENA : KEPT_SHARE;
  return {
    process: PROCESS_BYTES + nodes * NODE_BYTES,
    allocator: share * atWork(training) + KEPT_SHARE * others,
    arena: training.arena ? arenaBytes(ARENA_GAPS * atWork(training)) : 0,
  };
}

/** The most a run needs: the tensors of its worst moment, or all outputs twice at the end. */
export function atWork(program: ProgramMemory): number {
  return program.activations + program.logits + program.outputs + handedOut(program);
}

/** The engine hands outputs out as copies: by how much that is more than the worst moment before. */
export function handedOut({ activations, logits, outputs, allOutputs }: ProgramMemory): number {
  return Math.max(0, 2 * allOutputs - activations - logits - outputs);
}

/** Each extension is twice as large as the one before, from 1 MiB. */
function arenaBytes(need: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, need) + MIB)) - MIB;
}
