/** Addresses: of calls on a server, and `tinker://` paths of checkpoints. */
import { AepoError } from "../std/errors.ts";

export const API = "/api/v1";

/** POST unless it says otherwise; all below `API`. */
export const CALLS = {
  health: "/healthz",
  capabilities: "/get_server_capabilities",
  clientConfig: "/client/config",
  telemetry: "/telemetry",
  createSession: "/create_session",
  heartbeat: "/session_heartbeat",
  createModel: "/create_model",
  unloadModel: "/unload_model",
  modelInfo: "/get_info",
  trainingRuns: "/training_runs",
  forward: "/forward",
  forwardBackward: "/forward_backward",
  optimStep: "/optim_step",
  saveWeights: "/save_weights",
  loadWeights: "/load_weights",
  saveForSampler: "/save_weights_for_sampler",
  weightsInfo: "/weights_info",
  createSampler: "/create_sampling_session",
  samplers: "/samplers",
  sample: "/asample",
  retrieve: "/retrieve_future",
} as const;

/** `weights` can be trained on; `sampler_weights` can be sampled. A sampler's path may leave its kind out. */
export interface TinkerPath {
  readonly modelId: string;
  readonly kind: "weights" | "sampler_weights";
  readonly name: string;
}

export const NAME_PATTERN = /^[a-zA-Z0-9_-]+$/;
export const LONGEST_NAME = 255;

export function isCheckpointName(name: string): boolean {
  return NAME_PATTERN.test(name) && name.length <= LONGEST_NAME;
}

export function checkCheckpointName(name: string): string {
  if (isCheckpointName(name)) return name;
  throw new AepoError("policy", `"${name.slice(0, 300)}" is no name of a checkpoint`, {
    expected: `letters, digits, "-" and "_", at most ${LONGEST_NAME} of them`,
  });
}

export function formatTinkerPath({ modelId, kind, name }: TinkerPath): string {
  return `tinker://${modelId}/${kind}/${name}`;
}

export function parseTinkerPath(path: string): TinkerPath | null {
  const [, modelId = "", kind = "sampler_weights", name = ""] =
    /^tinker:\/\/([^/]+)\/(?:(weights|sampler_weights)\/)?([^/]+)$/.exec(path) ?? [];
  if (!isCheckpointName(modelId) || !isCheckpointName(name)) return null;
  return { modelId, kind: kind === "weights" ? "weights" : "sampler_weights", name };
}
