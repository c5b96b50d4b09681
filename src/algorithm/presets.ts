/**
 * Named options of algorithms: AEPO without one of its mechanisms. A preset is what one would write in its place, so
 * `algorithm: { preset: aepo-no-penalty, groupSize: 12 }` is checked like any other algorithm, options beside it go before its own,
 * and `--set algorithm.preset=NAME` puts its options over those of a recipe (a later `--set` goes over them).
 */
import { z } from "zod";
import type { aepoSchema } from "./aepo.ts";

type AepoInput = z.input<typeof aepoSchema>;

export const PRESETS = {
  /** AEPO-R1: half the rollouts are whole, whatever the entropies. */
  "aepo-no-premonitor": { name: "aepo", budget: { premonitor: false } },
  /** AEPO-R3: λ = 0. */
  "aepo-no-penalty": { name: "aepo", branch: { penalty: 0 } },
  /** AEPO-L3: PPO's clip. */
  "aepo-no-stop-gradient": { name: "aepo", clip: { stopGradient: false } },
  /** AEPO-L2: a = 0. */
  "aepo-no-entropy-factor": { name: "aepo", advantage: { entropyWeight: 0 } },
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
