/** Requests that the server refuses, with what it says of them. Of a model and a session that there are, where they name none. */
import { TINY_NAME } from "./tiny-tinker.ts";

export interface RefusedRequest {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly status: number;
  /** Part of what is said: the place of a field, what is wrong. */
  readonly text: string;
}

type Row = readonly [name: string, body: object, status: number, text: string];

const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];
const seven = (x: number): number[] => new Array<number>(7).fill(x);

export const tensor = (data: readonly unknown[]): object => ({ data, dtype: "float32", shape: [data.length] });
export const RL = { logprobs: tensor(seven(-3)), advantages: tensor(seven(1)) };

const chunk = (tokens: readonly unknown[]): object => ({ chunks: [{ type: "encoded_text", tokens }] });
const TARGETS = { data: TOKENS.slice(1), dtype: "int64", shape: [7] };

/** A pass over one datum with these loss_fn_inputs beside, or instead of, its targets. */
export function pass(inputs: object, more: object = {}, model_input: object = chunk(TOKENS.slice(0, -1))): object {
  const data = [{ model_input, loss_fn_inputs: { target_tokens: TARGETS, ...inputs } }];
  return { forward_backward_input: { data, loss_fn: "cross_entropy", ...more } };
}

const over = (tokens: readonly unknown[]): object => pass({}, {}, chunk(tokens));
const ppo = (config: object): object => pass(RL, { loss_fn: "ppo", loss_fn_config: config });

const NO_DATUM = { forward_backward_input: { data: [], loss_fn: "cross_entropy" } };
const PICTURE = { chunks: [{ type: "image", data: "", format: "png" }] };
const SPARSE = { data: [1], sparse_crow_indices: [0], sparse_col_indices: [0] };

const PASSES: readonly Row[] = [
  ["no datum", NO_DATUM, 400, "a forward pass over no data"],
  ["no target_tokens", pass({ target_tokens: undefined }), 400, "datum 0 has no target_tokens"],
  ["short weights", pass({ weights: tensor([1]) }), 400, "datum 0: weights has 1 entries"],
  ["NaN, which JSON makes null", pass({ weights: tensor([Number.NaN]) }), 422, "loss_fn_inputs.weights.data.0"],
  ["no such token", over([3, 1, 4, 1, 5, 9, 99]), 400, "token 6 is 99"],
  ["a negative token", over([3, 1, 4, 1, 5, 9, -2]), 400, "token 6 is -2"],
  ["half a token", over([3, 1, 4, 1, 5, 9, 2.5]), 422, "model_input.chunks.0.tokens.6"],
  ["an empty input", over([]), 400, "datum 0 has no tokens"],
  ["too long an input", over(new Array<number>(96).fill(1)), 400, "datum 0 has 96 tokens"],
  ["an unknown input", pass({ mask: tensor([1]) }), 400, "loss_fn_inputs that no loss here reads: mask"],
  ["a matrix", pass({ target_tokens: { ...TARGETS, shape: [7, 1] } }), 400, "has shape [7, 1]"],
  ["a sparse tensor", pass({ weights: SPARSE }), 400, "sparse"],
  ["a picture", pass({}, {}, PICTURE), 422, "model_input.chunks.0.type"],
  ["no advantages", pass({ logprobs: RL.logprobs }, { loss_fn: "ppo" }), 400, "no advantages, which ppo reads"],
  ["no logprobs", pass({ advantages: RL.advantages }, { loss_fn: "cispo" }), 400, "datum 0 has no logprobs"],
  ["another loss", pass({}, { loss_fn: "dro" }), 400, 'loss_fn is "dro"'],
  ["an unknown setting", ppo({ clip_low: 0.2 }), 400, 'a field "clip_low"'],
  ["a setting of a critic", ppo({ value_clip: 1 }), 400, "value_clip has no effect"],
  ["thresholds as distances", ppo({ clip_high_threshold: 0.2 }), 400, "clip_low_threshold 0.8 is above"],
  ["a number as model", { ...pass({}), model_id: 5 }, 422, "body.model_id"],
];

const STEPS: readonly Row[] = [
  ["a negative rate", { adam_params: { learning_rate: -1 } }, 422, "adam_params.learning_rate"],
  ["beta 1", { adam_params: { beta1: 1 } }, 422, "adam_params.beta1"],
  ["another optimiser", { adam_params: {}, optimizer_params: { type: "muon" } }, 422, "adamw"],
  ["a model nobody has", { model_id: "model_nope", adam_params: {} }, 404, "Model not found"],
];

export function asample(params: object, more: object = {}): object {
  return { prompt: chunk(TOKENS), sampling_params: { max_tokens: 2, ...params }, base_model: TINY_NAME, ...more };
}

const from = (source: object): object => asample({}, { base_model: null, ...source });

const SAMPLES: readonly Row[] = [
  ["no sequence", asample({}, { num_samples: 0 }), 422, "num_samples"],
  ["too many sequences", asample({}, { num_samples: 9 }), 422, "expected 1 to 8"],
  ["no room", asample({ max_tokens: 89 }), 400, "do not fit"],
  ["no tokens", asample({ max_tokens: 0 }), 400, "max_tokens must be a positive number"],
  ["an empty prompt", asample({}, { prompt: chunk([]) }), 422, "the prompt has no token"],
  ["a prompt of no token", asample({}, { prompt: chunk([40]) }), 400, "there is no token 40"],
  ["a negative temperature", asample({ temperature: -1 }), 422, "sampling_params.temperature"],
  ["top-k beyond the vocabulary", asample({ top_k: 41 }), 422, "there are 40 tokens"],
  ["top-p 0", asample({ top_p: 0 }), 422, "sampling_params.top_p"],
  ["stops of both kinds", asample({ stop: ["a", 5] }), 422, "sampling_params.stop"],
  ["an empty stop", asample({ stop: [""] }), 400, "an empty stop text"],
  ["a seed without room", asample({ seed: Number.MAX_SAFE_INTEGER }), 422, "sampling_params.seed"],
  ["draws that are not offered", asample({}, { prompt_alt_tokens_k: 2 }), 422, "not offered here"],
  ["both names", asample({}, { model_path: "tinker://a/b" }), 422, "exactly one of"],
  ["neither name", from({}), 422, "exactly one of"],
  ["another base", asample({}, { base_model: "Qwen/Other" }), 400, "'tiny/qwen3', not 'Qwen/Other'"],
  ["a path that is none", from({ model_path: "nope" }), 400, "model_path must be"],
  ["weights that are no sampler's", from({ model_path: "tinker://a/weights/b" }), 400, "model_path must be"],
  ["no such checkpoint", from({ model_path: "tinker://a/b" }), 404, "Checkpoint not found: a/b"],
  ["no such sampler", from({ sampling_session_id: "s", seq_id: 1 }), 404, "Sampling session not found"],
];

const create = (lora_config: object, more: object = {}): object => ({ base_model: TINY_NAME, lora_config, ...more });

const MODELS: readonly Row[] = [
  ["another model", create({ rank: 4 }, { base_model: "Qwen/Other" }), 400, "not 'Qwen/Other'"],
  ["rank 0", create({ rank: 0 }), 422, "must be between 1 and 128"],
  ["rank 1000", create({ rank: 1000 }), 422, "must be between 1 and 128"],
  ["nothing to train", create({ rank: 1, train_attn: false, train_mlp: false }), 422, "nothing to train"],
  ["a critic", create({ rank: 1 }, { model_role: "critic" }), 422, "model_role"],
  ["no session", create({ rank: 1 }, { session_id: "session_nope" }), 404, "Session not found"],
];

const BY_PATH: Readonly<Record<string, readonly Row[]>> = {
  "/forward_backward": PASSES,
  "/optim_step": STEPS,
  "/asample": SAMPLES,
  "/create_model": MODELS,
  "/save_weights": [["a checkpoint that ends", { path: "a", ttl_seconds: 3600 }, 422, "ttl_seconds"]],
  "/save_weights_for_sampler": [
    ["a sampler of moving weights", { path: "a", kind: "inflight" }, 422, "kind"],
    ["neither name nor numbers", {}, 422, "Either 'path' or both"],
  ],
  "/session_heartbeat": [["a session nobody has", { session_id: "session_nope" }, 404, "Session not found"]],
  "/retrieve_future": [
    ["a result nobody has", { request_id: "999999" }, 404, "Future not found"],
    ["a result of no name", { request_id: "abc" }, 404, "Future not found"],
    ["a number as result", { request_id: 1 }, 422, "request_id"],
  ],
  "/nope": [["a route nobody has", {}, 404, "Not Found"]],
};

export const REFUSED: readonly RefusedRequest[] = Object.entries(BY_PATH).flatMap(([path, rows]) =>
  rows.map(([name, body, status, text]) => ({ name, path, body, status, text })),
);
