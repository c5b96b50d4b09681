/**
 * config.json, read and written. Anything in it that would change the computed numbers and that we do not implement is an
 * error, never ignored; fields that change nothing are.
 */
import { z } from "zod";
import { AepoError, messageOf } from "../std/errors.ts";
import { checkedModelConfig, familyOf, INITIALISATION_ONLY, type ModelConfig, modelConfigSchema } from "./config.ts";
import { FAMILIES, MODEL_TYPES, type ModelType } from "./families.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The file other tools read. */
export function modelConfigToJson(config: ModelConfig): string {
  const fields = Object.fromEntries(Object.entries(config).filter(([name]) => !INITIALISATION_ONLY.has(name)));
  const json = {
    architectures: [familyOf(config).className],
    ...fields,
    hidden_act: "silu",
    attention_dropout: 0,
    ...(config.model_type === "mistral" ? {} : { use_sliding_window: false }),
    torch_dtype: "float32",
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** Throws on another architecture, on a missing or wrong field, on options we do not compute. */
export function modelConfigFromJson(text: string): ModelConfig {
  return modelConfigFromFields(parseObject(text));
}

/** The same of a parsed file. */
export function modelConfigFromFields(json: Fields): ModelConfig {
  const type = modelTypeOf(json);
  for (const [name, allowed] of Object.entries(FIXED)) {
    const value = json[name];
    if (value === undefined || allowed.includes(value)) continue;
    refuse(`${name} ${show(value)} is not implemented`, allowed.map(show).join(" or "));
  }
  checkLayerTypes(json["layer_types"]);
  const given = Object.keys(modelConfigSchema.shape).flatMap((name) => (name in json ? [[name, json[name]]] : []));
  const fields = { ...Object.fromEntries(given), model_type: type, ...derived(type, json) };
  const parsed = modelConfigSchema.safeParse(fields);
  if (!parsed.success) {
    throw new AepoError("policy", `config.json is not valid:\n${z.prettifyError(parsed.error)}`);
  }
  return checkedModelConfig(parsed.data);
}

/** Fields of other checkpoints that would change the computed numbers, with the only values we compute. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  hidden_act: ["silu"],
  mlp_bias: [false],
  use_sliding_window: [false],
  quantization_config: [null],
  partial_rotary_factor: [1],
};

function modelTypeOf(json: Fields): ModelType {
  const type = MODEL_TYPES.find((known) => known === json["model_type"]);
  const architectures: unknown = json["architectures"];
  const given: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  if (type !== undefined && given === FAMILIES[type].className) return type;
  throw new AepoError("policy", "config.json: this architecture is not implemented", {
    expected: MODEL_TYPES.map((known) => `${FAMILIES[known].className} (${known})`).join(", "),
    exists: `${nameOf(given ?? architectures)} (${nameOf(json["model_type"])})`,
  });
}

/** What a file may leave out, or say in another place. */
function derived(type: ModelType, json: Fields): Fields {
  const { num_attention_heads: heads, hidden_size: width } = json;
  const perHead = typeof heads === "number" && typeof width === "number" ? width / heads : undefined;
  const rope = ropeOf(json);
  return {
    // Written as null by newer versions where it is not set.
    head_dim: json["head_dim"] ?? perHead,
    num_key_value_heads: json["num_key_value_heads"] ?? heads,
    tie_word_embeddings: json["tie_word_embeddings"] ?? FAMILIES[type].tiedByDefault,
    // Qwen's files carry a window that use_sliding_window switches off.
    sliding_window: type === "mistral" ? (json["sliding_window"] ?? null) : null,
    rope_scaling: rope.scaling,
    ...(rope.theta === undefined ? {} : { rope_theta: rope.theta }),
  };
}

/** Newer files write theta and scaling into one `rope_parameters`; older ones call the type `type`. */
function ropeOf(json: Fields): { readonly theta: unknown; readonly scaling: unknown } {
  const given = json["rope_parameters"] ?? json["rope_scaling"] ?? {};
  if (!isObject(given)) return refuse(`rope_scaling ${show(given)}`, "an object or null");
  const { rope_theta: theta = json["rope_theta"], rope_type, type: olderType, ...constants } = given;
  const type = rope_type ?? olderType ?? "default";
  if (type === "default") return { theta, scaling: null };
  if (type === "linear" || type === "llama3") return { theta, scaling: { rope_type: type, ...constants } };
  return refuse(`rope_type ${show(type)} is not implemented`, '"default" or "linear" or "llama3"');
}

function checkLayerTypes(types: unknown): void {
  if (types === undefined || types === null) return;
  const other = Array.isArray(types) ? types.find((type) => type !== "full_attention") : types;
  if (other !== undefined) refuse(`layer_types ${show(other)} is not implemented`, '"full_attention" everywhere');
}

function parseObject(text: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("policy", `config.json is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (!isObject(json))
    throw new AepoError("policy", "config.json is not an object", {
      exists: text.slice(0, 40),
    });
  return json;
}

function refuse(what: string, expected: string): never {
  throw new AepoError("policy", `config.json: ${what}`, { expected });
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 200) : show(value);
}

function isObject(json: unknown): json is Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
