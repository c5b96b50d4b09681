/** Adapters in the files of PEFT: its names and its adapter_config.json. */
import { AepoError, messageOf } from "../std/errors.ts";
import { type Lora, LORA_TARGETS, loraSchema, type LoraTarget } from "./lora.ts";

export const ADAPTER = "adapter_model.safetensors";
export const ADAPTER_CONFIG = "adapter_config.json";

const PREFIX = "base_model.model.";

export function peftName(name: string): string {
  return `${PREFIX}${name}`;
}

export function peftNameBack(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** `base`: the checkpoint the adapters stand beside, as a recipe names it. */
export function adapterConfigToJson({ rank, alpha, targets }: Lora, base: string | null = null): string {
  const json = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    ...peftBase(base),
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: LORA_TARGETS.filter((target) => targets.includes(target)),
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    use_rslora: false,
    use_dora: false,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const HUB = /^hf:\/\/([^/@]+\/[^/@]+)(?:@([^/]+))?$/;

/** PEFT names a model of the Hub without a scheme, its revision apart. */
function peftBase(base: string | null): { base_model_name_or_path: string | null; revision: string | null } {
  const [, name, revision = null] = HUB.exec(base ?? "") ?? [];
  return { base_model_name_or_path: name ?? base, revision };
}

/** What adapters would be computed differently with. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  bias: ["none"],
  fan_in_fan_out: [false],
  use_rslora: [false],
  use_dora: [false],
  modules_to_save: [null],
  layers_to_transform: [null],
  exclude_modules: [null],
};

/** Throws on another kind of adapter and on options we do not compute. */
export function loraFromAdapterConfig(text: string): Lora {
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    throw new AepoError("policy", `adapter_config.json is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  for (const [name, allowed] of Object.entries(FIXED)) {
    if (json[name] === undefined || allowed.includes(json[name])) continue;
    throw new AepoError("policy", `adapter_config.json: ${name} ${JSON.stringify(json[name])} is not implemented`, {
      expected: allowed.map((x) => JSON.stringify(x)).join(" or "),
    });
  }
  for (const name of ["rank_pattern", "alpha_pattern"]) {
    if (Object.keys(json[name] ?? {}).length === 0) continue;
    throw new AepoError("policy", `adapter_config.json: ${name} is not implemented`, {
      expected: "one rank and alpha for all",
    });
  }
  const parsed = loraSchema.safeParse({
    rank: json["r"],
    alpha: json["lora_alpha"],
    targets: targetsOf(json["target_modules"]),
  });
  if (parsed.success) return parsed.data;
  throw new AepoError(
    "policy",
    `adapter_config.json is not valid: ${parsed.error.issues.map(({ message }) => message).join("; ")}`,
    {
      expected: `r, lora_alpha and target_modules of ${LORA_TARGETS.join(", ")}`,
    },
  );
}

function targetsOf(modules: unknown): unknown {
  if (modules === "all-linear") return [...LORA_TARGETS];
  if (!Array.isArray(modules)) return modules;
  // In the order of the layer: PEFT writes a set, in any order.
  const known: readonly LoraTarget[] = LORA_TARGETS.filter((target) => modules.includes(target));
  return known.length === modules.length ? known : modules;
}
