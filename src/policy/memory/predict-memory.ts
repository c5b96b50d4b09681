/**
 * How much memory a policy takes at its worst moments, by part, before anything of it is opened. What is resident is known
 * to the byte, what a program needs comes from its graph, and four numbers were measured (`npm run bench:memory`).
 */
import type { ModelConfig } from "../config.ts";
import { adapterShapes, adapters, type Lora } from "../lora.ts";
import { optimizerPieces } from "../optimizer-update.ts";
import { elements, type ParameterShape, parameterShapes } from "../parameters.ts";
import { atWork, type EngineBytes, handedOut, heldByEngine } from "./engine-memory.ts";
import { type ProgramMemory, samplingMemory, trainingMemory } from "./program-memory.ts";

export interface MemoryNeeds {
  readonly config: ModelConfig;
  readonly lora: Lora | null;
  readonly recompute: boolean;
  readonly microBatchTokens: number;
  /** The longest sequence that is sampled or trained. */
  readonly sequenceTokens: number;
  /** Whether the weights to sample from are kept as they were at the start (default: no). */
  readonly reference?: boolean;
  /** Null: the run samples nothing. */
  readonly sampling: { readonly slots: number; readonly cacheTokens: number } | null;
}

export interface MemoryPart {
  readonly part: string;
  readonly bytes: number;
}

/** A moment of a run, with what is in memory then. */
export interface MemoryMoment {
  readonly moment: "training" | "optimiser step" | "sampling";
  readonly parts: readonly MemoryPart[];
  readonly bytes: number;
}

const FLOAT = 4;

/** The largest moment first. */
export function predictMemory(needs: MemoryNeeds): MemoryMoment[] {
  const { config, lora, sampling } = needs;
  const programs = {
    training: trainingMemory(config, needs, needs),
    sampling: sampling === null ? null : samplingMemory(config, { ...sampling, ...needs }),
  };
  const churn = lora === null ? 0 : 2 * bytesOf(mergedShapes(config, lora));
  const held = heldByEngine(programs.training, programs.sampling, churn);
  const moments = [trainingMoment(needs, programs.training, held), stepMoment(needs, held)];
  if (programs.sampling !== null) moments.push(samplingMoment(needs, programs.sampling, held));
  return moments.sort((a, b) => b.bytes - a.bytes);
}

/** At the end of a backward pass: gradients so far, the new ones, and the copy in which the engine hands these out. */
function trainingMoment(needs: MemoryNeeds, program: ProgramMemory, held: EngineBytes): MemoryMoment {
  const trained = trainedBytes(needs);
  const { activations, logits, outputs, arena } = program;
  return moment("training", [
    ...residentParts(needs, 1),
    { part: "gradients", bytes: trained + outputs + handedOut(program) },
    { part: "optimiser moments", bytes: 2 * trained },
    { part: "activations", bytes: activations },
    { part: "logits", bytes: logits },
    // An arena has all that a run works with in it.
    { part: "engine and allocator", bytes: held.process + held.allocator + (arena ? held.arena - atWork(program) : 0) },
  ]);
}

/** The last piece of a step: old and new weights, and one piece's new ones twice beside the old. */
function stepMoment(needs: MemoryNeeds, held: EngineBytes): MemoryMoment {
  const piece = Math.max(...optimizerPieces(trainedShapes(needs)).map(bytesOf));
  const trained = trainedBytes(needs);
  // What was freed when an arena took over is of use here: it came from the same small tensors.
  const reused = held.arena > 0 ? Math.min(held.allocator, trained + 6 * piece) : 0;
  return moment("optimiser step", [
    ...residentParts(needs, 2),
    { part: "gradients", bytes: trained },
    { part: "optimiser moments", bytes: 2 * trained + 6 * piece },
    { part: "engine and allocator", bytes: held.process + held.allocator - reused + held.arena },
  ]);
}

function samplingMoment(needs: MemoryNeeds, program: ProgramMemory, held: EngineBytes): MemoryMoment {
  return moment("sampling", [
    ...residentParts(needs, 1),
    { part: "optimiser moments", bytes: 2 * trainedBytes(needs) },
    { part: "activations", bytes: program.activations + program.outputs + handedOut(program) },
    { part: "logits", bytes: program.logits },
    { part: "engine and allocator", bytes: held.process + held.allocator + held.arena },
  ]);
}

/** What is there all the time. `generations`: of trained tensors. */
function residentParts(needs: MemoryNeeds, generations: number): MemoryPart[] {
  const { config, lora, sampling } = needs;
  const weights = bytesOf(parameterShapes(config));
  const merged = lora === null ? 0 : bytesOf(mergedShapes(config, lora));
  const own = lora === null ? [] : [{ part: "adapters", bytes: generations * trainedBytes(needs) }];
  return [
    { part: "weights", bytes: weights * (lora === null ? generations : 1) },
    ...own,
    ...(lora === null ? [] : [{ part: "weights with adapters merged in", bytes: generations * merged }]),
    ...(needs.reference === true ? [{ part: "reference policy", bytes: lora === null ? weights : merged }] : []),
    { part: "zeros", bytes: zerosBytes(trainedShapes(needs)) },
    ...(sampling === null ? [] : [{ part: "key/value cache", bytes: cacheBytes(config, sampling.cacheTokens) }]),
  ];
}

function moment(name: MemoryMoment["moment"], parts: readonly MemoryPart[]): MemoryMoment {
  return { moment: name, parts, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function cacheBytes(config: ModelConfig, tokens: number): number {
  const { num_hidden_layers: layers, num_key_value_heads: G, head_dim: E } = config;
  return 2 * layers * tokens * G * E * FLOAT;
}

function trainedShapes({ config, lora }: MemoryNeeds): readonly ParameterShape[] {
  return lora === null ? parameterShapes(config) : adapterShapes(config, lora);
}

function trainedBytes(needs: MemoryNeeds): number {
  return bytesOf(trainedShapes(needs));
}

/** Weights that sampling reads with their adapters folded in. */
function mergedShapes(config: ModelConfig, lora: Lora): ParameterShape[] {
  const adapted = new Set(adapters(config, lora).map(({ weight }) => weight));
  return parameterShapes(config).filter(({ name }) => adapted.has(name));
}

/** One tensor a shape. */
function zerosBytes(shapes: readonly ParameterShape[]): number {
  return bytesOf([...new Map(shapes.map((each) => [each.shape.join(), each])).values()]);
}

function bytesOf(shapes: readonly ParameterShape[]): number {
  return shapes.reduce((sum, { shape }) => sum + FLOAT * elements(shape), 0);
}
