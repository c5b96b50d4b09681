/** Names of tensors in GGUF files and in Hugging Face's checkpoints. */
import { EMBEDDING, FINAL_NORM, layerName, OUTPUT } from "../../policy/parameters.ts";

/** Frequencies of the rotary embedding are divided by these; no parameter of the model. */
export const ROPE_FACTORS = "rope_freqs.weight";

const OUTSIDE_LAYERS: Readonly<Record<string, string>> = {
  "token_embd.weight": EMBEDDING,
  "output_norm.weight": FINAL_NORM,
  "output.weight": OUTPUT,
};

const IN_LAYERS: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const GGUF_OF_PART = new Map(Object.entries(IN_LAYERS).map(([gguf, part]) => [part, gguf]));
const GGUF_OUTSIDE = new Map(Object.entries(OUTSIDE_LAYERS).map(([gguf, name]) => [name, gguf]));

/** Undefined for a tensor our transformer does not have. */
export function huggingFaceName(gguf: string): string | undefined {
  if (Object.hasOwn(OUTSIDE_LAYERS, gguf)) return OUTSIDE_LAYERS[gguf];
  const [, layer, part, kind] = /^blk\.(0|[1-9]\d{0,5})\.(\w+)\.(weight|bias)$/.exec(gguf) ?? [];
  if (part === undefined || !Object.hasOwn(IN_LAYERS, part)) return undefined;
  return layerName(Number(layer), IN_LAYERS[part] ?? "", kind === "bias" ? "bias" : "weight");
}

/** Of a parameter of our transformer. */
export function ggufName(name: string): string {
  const outside = GGUF_OUTSIDE.get(name);
  if (outside !== undefined) return outside;
  const [, layer, part, kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const gguf = GGUF_OF_PART.get(part ?? "");
  if (gguf === undefined) throw new RangeError(`no tensor of GGUF files is called ${name}`);
  return `blk.${layer}.${gguf}.${kind}`;
}

/** Whether rows of a parameter are those of query or key heads, and which. */
export function rotatedHeads(name: string): "queries" | "keys" | null {
  if (/\.self_attn\.q_proj\.(weight|bias)$/.test(name)) return "queries";
  return /\.self_attn\.k_proj\.(weight|bias)$/.test(name) ? "keys" : null;
}
