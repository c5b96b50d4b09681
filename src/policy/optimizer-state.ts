/**
 * What an optimiser keeps of some trained tensors: the gradient so far, two moments and the number of updates. Invariant:
 * the moments belong to the weights that the last update made; a skipped one leaves both as they were.
 */
import { AepoError } from "../std/errors.ts";
import { gradientName } from "./forest-graph.ts";
import { firstMomentName, optimizerInputs, secondMomentName } from "./optimizer-graph.ts";
import { measureNorm, optimizerPieces, updateInPieces } from "./optimizer-update.ts";
import type { ParameterShape } from "./parameters.ts";
import type { OptimizerReport, OptimizerStep } from "./policy.ts";
import type { Programs } from "./programs.ts";
import type { NamedTensor, OpenSafetensors } from "./safetensors.ts";
import { checkShapes, joinedReader, renamedReader, type TensorReader } from "./tensor-reader.ts";
import { type DeviceTensors, deviceReader, downloadAll, uploadAll } from "./weights.ts";
import { Zeros } from "./zeros.ts";

/** Moments and the number of updates they stand for, read and checked but not in use yet. */
export interface RestoredState {
  readonly moments: DeviceTensors;
  readonly updates: number;
}

export class OptimizerState {
  /** Its programs are cached by their number only: other tensors need others. */
  private readonly programs: Programs;
  private readonly shapes: readonly ParameterShape[];
  private readonly zeros: Zeros;
  private moments: DeviceTensors;
  private accumulated: DeviceTensors;
  /** Whether there is a gradient that no step has used. */
  private hasGradient = false;
  private updates = 0;

  private constructor(programs: Programs, shapes: readonly ParameterShape[], zeros: Zeros) {
    this.programs = programs;
    this.shapes = shapes;
    this.zeros = zeros;
    this.moments = zeroMoments(zeros, shapes);
    this.accumulated = zeros.named(shapes, gradientName);
  }

  static async start(programs: Programs, shapes: readonly ParameterShape[]): Promise<OptimizerState> {
    return new OptimizerState(programs, shapes, await Zeros.upload(programs.runtime, shapes));
  }

  /** The gradient so far, under `gradientName`. */
  get gradient(): DeviceTensors {
    return this.accumulated;
  }

  /** Takes over the gradient that a backward pass made of this one: those of `found` that are of these tensors. */
  takeGradient(found: DeviceTensors): void {
    const own = this.shapes.flatMap(({ name }) => {
      const tensor = found[gradientName(name)];
      return tensor === undefined ? [] : [[gradientName(name), tensor] as const];
    });
    this.replaceGradient(Object.fromEntries(own), true);
  }

  /** One update of `trained` from the gradient times `scale`, which it clears; null for a skipped one. The old weights stay. */
  async update(
    trained: DeviceTensors,
    step: OptimizerStep,
    scale = 1,
  ): Promise<{ readonly report: OptimizerReport; readonly trained: DeviceTensors | null }> {
    const { programs, shapes } = this;
    const gradientNorm = scale * (await measureNorm(programs, shapes, this.accumulated));
    if (!Number.isFinite(gradientNorm)) {
      this.clearGradient();
      return { report: { gradientNorm, skipped: true }, trained: null };
    }
    const state = { trained, moments: this.moments, gradient: this.accumulated };
    const scalars = optimizerInputs(step, gradientNorm, this.updates + 1, scale);
    const next = await updateInPieces(programs, optimizerPieces(shapes), state, scalars, (used) =>
      this.zeros.freeOthers(used),
    );
    this.moments = next.moments;
    this.clearGradient();
    this.updates++;
    return { report: { gradientNorm, skipped: false }, trained: next.trained };
  }

  /** The accumulated gradient by parameter name, for tests and diagnosis. */
  async readGradient(): Promise<Map<string, NamedTensor>> {
    const found = await downloadAll(this.programs.runtime, this.shapes, this.accumulated, gradientName);
    return new Map([...found].map(([name, tensor]) => [name.slice(gradientName("").length), tensor]));
  }

  /** Throws if there is a gradient that a checkpoint would lose. */
  checkSettled(): void {
    if (!this.hasGradient) return;
    throw new AepoError("policy", "cannot save between accumulate and step: the accumulated gradient would be lost", {
      fix: "call step first",
    });
  }

  /** What a file keeps of the state: the moments, and the text of its header. */
  get saved(): { readonly tensors: TensorReader; readonly metadata: Readonly<Record<string, string>> } {
    const moments = [firstMomentName, secondMomentName].map((rename) =>
      deviceReader(this.programs.runtime, this.shapes, this.moments, rename),
    );
    return { tensors: joinedReader(...moments), metadata: { updates: String(this.updates) } };
  }

  /** Reads what `saved` wrote, from the file `source`; nothing changes before `adopt`. */
  async restore(file: OpenSafetensors, source: string): Promise<RestoredState> {
    const { programs, shapes } = this;
    const [first, second] = [momentsOf(file, firstMomentName), momentsOf(file, secondMomentName)];
    for (const reader of [first, second]) checkShapes(shapes, reader, [...reader.shapes.keys()], source);
    const updates = Number(file.metadata["updates"]);
    if (!Number.isSafeInteger(updates) || updates < 0) {
      throw new AepoError("policy", `${source}: no number of updates in its metadata`, {
        exists: JSON.stringify(file.metadata),
      });
    }
    const moments = {
      ...(await uploadAll(programs.runtime, shapes, first, firstMomentName)),
      ...(await uploadAll(programs.runtime, shapes, second, secondMomentName)),
    };
    return { moments, updates };
  }

  adopt({ moments, updates }: RestoredState): void {
    this.zeros.freeOthers(this.moments);
    this.moments = moments;
    this.updates = updates;
    this.clearGradient();
  }

  /** As it was before the first update. */
  restart(): void {
    this.adopt({ moments: zeroMoments(this.zeros, this.shapes), updates: 0 });
  }

  dispose(): void {
    this.zeros.freeOthers(this.accumulated);
    this.zeros.freeOthers(this.moments);
    this.zeros.dispose();
  }

  private clearGradient(): void {
    this.replaceGradient(this.zeros.named(this.shapes, gradientName), false);
  }

  private replaceGradient(next: DeviceTensors, isGradient: boolean): void {
    this.zeros.freeOthers(this.accumulated);
    this.accumulated = next;
    this.hasGradient = isGradient;
  }
}

function zeroMoments(zeros: Zeros, shapes: readonly ParameterShape[]): DeviceTensors {
  return { ...zeros.named(shapes, firstMomentName), ...zeros.named(shapes, secondMomentName) };
}

/** Moments under the names of their parameters. */
function momentsOf(state: TensorReader, rename: (name: string) => string): TensorReader {
  const prefix = rename("");
  return renamedReader(state, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
}
