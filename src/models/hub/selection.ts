/**
 * Which files of a repository make a model here: the JSON files, the chat template and safetensors at its root. Weights in
 * other formats are never fetched; where there are no others, the error says what is there and what to do.
 */
import { AepoError } from "../../std/errors.ts";
import type { JsonObject } from "../../std/json.ts";
import { hubName, type HubSpec, isSafePath } from "./spec.ts";

export const WEIGHTS = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
const CONFIG = "config.json";
const BESIDE_WEIGHTS = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
  "chat_template.json",
];
const MAX_LISTED = 12;

/** What to fetch before the weights; with weights in parts, their index is the last. */
export function filesBesideWeights(spec: HubSpec, paths: ReadonlySet<string>): string[] {
  if (!paths.has(CONFIG) || (!paths.has(WEIGHTS) && !paths.has(INDEX))) throw noModel(spec, paths);
  const beside = [CONFIG, ...BESIDE_WEIGHTS.filter((path) => paths.has(path))];
  return paths.has(WEIGHTS) ? beside : [...beside, INDEX];
}

/** The parts that an index names: files at the root, which the repository holds (`paths`; null: nobody knows). */
export function weightParts(spec: HubSpec, index: string, paths: ReadonlySet<string> | null): string[] {
  const parts = [...new Set(partNames(index) ?? [])].sort();
  const fits = (path: string): boolean => isSafePath(path) && !path.includes("/") && path.endsWith(".safetensors");
  const wrong = parts.find((path) => !fits(path) || paths?.has(path) === false);
  if (parts.length > 0 && wrong === undefined) return parts;
  throw new AepoError(
    "policy",
    `${INDEX} of ${hubName(spec)} names ${wrong === undefined ? "no files" : JSON.stringify(wrong)}`,
    { expected: "safetensors files of the repository", exists: listed(matching(paths ?? new Set(), /\.safetensors$/)) },
  );
}

export function checkHasFile(spec: HubSpec, file: string, paths: ReadonlySet<string>): void {
  if (paths.has(file)) return;
  throw new AepoError("policy", `${hubName(spec)} has no file ${JSON.stringify(file)}`, {
    exists: listed(matching(paths, /\.gguf$/i)),
    fix: "name one of these, or leave the file out for the model's folder",
  });
}

function partNames(index: string): string[] | null {
  try {
    const { weight_map: map } = JSON.parse(index) as JsonObject;
    const names = Object.values(map as JsonObject);
    return names.every((name) => typeof name === "string") ? names : null;
  } catch {
    return null;
  }
}

function noModel(spec: HubSpec, paths: ReadonlySet<string>): AepoError {
  const name = hubName(spec);
  const gguf = matching(paths, /\.gguf$/i);
  const others = matching(paths, /\.(?:bin|pth|pt|ckpt|onnx|h5|msgpack)$/i);
  if (!paths.has(WEIGHTS) && !paths.has(INDEX) && gguf.length > 0) {
    return new AepoError("policy", `${name} holds GGUF files: say which one`, {
      exists: listed(gguf),
      fix: `name it, e.g. ${hubName(spec, gguf[0] ?? "")}`,
    });
  }
  if (!paths.has(WEIGHTS) && !paths.has(INDEX) && others.length > 0) {
    return new AepoError("policy", `${name} has no weights as safetensors`, {
      exists: listed(others),
      fix: "choose a repository or revision with safetensors, or convert it (https://huggingface.co/spaces/safetensors/convert)",
    });
  }
  const missing = [
    ...(paths.has(CONFIG) ? [] : [CONFIG]),
    ...(paths.has(WEIGHTS) || paths.has(INDEX) ? [] : [WEIGHTS]),
  ];
  return new AepoError("policy", `${name} is not a language model's folder: it has no ${missing.join(" and no ")}`, {
    exists: listed([...paths].sort()),
    fix: "choose the repository of a causal language model",
  });
}

function matching(paths: ReadonlySet<string>, pattern: RegExp): string[] {
  return [...paths].filter((path) => pattern.test(path)).sort();
}

/** Names in a message, not all of very many. */
export function listed(paths: readonly string[]): string {
  if (paths.length === 0) return "none";
  const more = paths.length > MAX_LISTED ? `, and ${paths.length - MAX_LISTED} more` : "";
  return `${paths.slice(0, MAX_LISTED).join(", ")}${more}`;
}
