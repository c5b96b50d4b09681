/**
 * Named options of algorithms: AEPO without one of its mechanisms, and as in the authors' released code. A preset is what one would write in its place, so
 * `algorithm: { preset: aepo-no-penalty, groupSize: 12 }` is checked like any other algorithm, options beside it go before its own,
 * and `--set algorithm.preset=NAME` puts its options over those of a recipe (a later `--set` goes over them).
 */
import { z } from "zod";
import type { aepoSchema } from "./aepo.ts";

type AepoInput = z.input<typeof aepoSchema>;

/** What the released code does in both of the presets named for it. */
const RELEASED = {
  name: "aepo",
  order: "synchronous",
  decision: "threshold",
  entropyTokens: 20,
  entropySkip: 0,
  entropyTopK: 10,
  entropyScale: "logV",
  fill: "oneByOne",
  branch: {
    base: "uniform",
    entropyWeight: 0.2,
    threshold: 0.5,
    comparison: "atLeast",
    width: 1,
    penalty: 0.05,
    measure: "beforeCall",
    baseline: "place",
    counter: "batch",
  },
  clip: { low: 0.2, high: 0.2, stopGradient: true, dual: 3 },
  // Its micro-batches hold two paths of full length, or more shorter ones.
  microBatch: 2,
  minibatch: "paths",
} as const satisfies AepoInput;

export const PRESETS = {
  /** AEPO-R1: half the rollouts are whole, whatever the entropies. */
  "aepo-no-premonitor": { name: "aepo", budget: { premonitor: false } },
  /** AEPO-R3: λ = 0. */
  "aepo-no-penalty": { name: "aepo", branch: { penalty: 0 } },
  /** AEPO-L3: PPO's clip. */
  "aepo-no-stop-gradient": { name: "aepo", clip: { stopGradient: false } },
  /** AEPO-L2: a = 0. */
  "aepo-no-entropy-factor": { name: "aepo", advantage: { entropyWeight: 0 } },
  /** The authors' released code as its scripts run it: without pre-monitoring, and with an entropy factor that never acts. */
  "aepo-reference": { ...RELEASED, budget: { premonitor: false }, advantage: { entropyWeight: 0 } },
  /** The same with the two switched on, as that code has them. */
  "aepo-reference-full": {
    ...RELEASED,
    budget: {
      premonitor: true,
      sensitivity: 0.5,
      rootTokens: 50,
      probe: "discard",
      rounding: "floorPlusOne",
      average: "allSteps",
    },
    advantage: { entropyWeight: 0.2, statistics: "microBatch" },
  },
} as const satisfies Readonly<Record<string, AepoInput>>;

type PresetName = keyof typeof PRESETS;

/** A preset, and options that go before its own. */
type PresetInput = { readonly preset: PresetName } & Partial<AepoInput>;

/** The same schema, which also takes a preset. */
export function takingPresets<Output, Input>(schema: z.ZodType<Output, Input>): z.ZodType<Output, Input | PresetInput> {
  const taking = z.preprocess((given, { issues }) => {
    if (!isGroup(given) || !("preset" in given)) return given;
    const { preset, ...others } = given;
    const options = presetOf(preset);
    if (options !== null) return merged(options, others);
    const message = `there is no preset ${JSON.stringify(preset)}; there are: ${Object.keys(PRESETS).join(", ")}`;
    issues.push({ code: "custom", input: preset, path: ["preset"], message });
    return given;
  }, schema);
  // What goes in is not known to `preprocess`.
  return taking as unknown as z.ZodType<Output, Input | PresetInput>;
}

/**
 * `--set` assignments with `algorithm.preset=NAME` written out, so that it takes its place in their order. `budget` is replaced
 * whole: what a recipe says of a probe has no effect without one. An unknown name is left as it is, for the schema to refuse.
 */
export function writtenOut(assignments: readonly string[]): string[] {
  return assignments.flatMap((assignment) => {
    const [key = "", ...value] = assignment.split("=");
    const options = key.trim() === "algorithm.preset" ? presetOf(value.join("=").trim()) : null;
    if (options === null) return [assignment];
    return leaves("algorithm", options).map(([path, leaf]) => `${path}=${JSON.stringify(leaf)}`);
  });
}

type Group = Readonly<Record<string, unknown>>;

function presetOf(name: unknown): Group | null {
  return typeof name === "string" && Object.hasOwn(PRESETS, name) ? PRESETS[name as PresetName] : null;
}

function isGroup(value: unknown): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merged(below: Group, above: Group): Group {
  const both = Object.entries(above).map(([key, value]): [string, unknown] => {
    const under = below[key];
    return [key, isGroup(under) && isGroup(value) ? merged(under, value) : value];
  });
  return { ...below, ...Object.fromEntries(both) };
}

function leaves(path: string, value: unknown): [string, unknown][] {
  if (!isGroup(value) || path === "algorithm.budget") return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${key}`, inner));
}
