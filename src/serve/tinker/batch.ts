/** A request's datums, checked: every length, token and number, before anything is computed from them. */
import { LOSSES, type LossName, type Target } from "./losses.ts";
import { TinkerError, wrongField } from "./tinker-error.ts";

/** A pass as it was sent, in JSON or protobuf. */
export interface PassInput {
  readonly loss: string;
  readonly config: Readonly<Record<string, number>>;
  readonly data: readonly SentDatum[];
}

export interface SentDatum {
  readonly tokens: readonly number[];
  readonly inputs: Readonly<Record<string, SentTensor>>;
}

export interface SentTensor {
  readonly data: readonly number[];
  readonly shape?: readonly number[] | null | undefined;
}

export interface CheckedBatch {
  readonly loss: LossName;
  readonly datums: readonly CheckedDatum[];
}

export interface CheckedDatum {
  readonly tokens: readonly number[];
  readonly targetTokens: readonly number[];
  readonly targets: readonly Target[];
}

export interface ModelLimits {
  readonly vocabularySize: number;
  /** Of a sequence with its last target. */
  readonly maxSequenceTokens: number;
}

const CLIP = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 };
const FLOATS = ["weights", "logprobs", "advantages", "clip_low_threshold", "clip_high_threshold"];

export function checkedBatch(pass: PassInput, limits: ModelLimits): CheckedBatch {
  const loss = lossName(pass.loss);
  const config = checkedConfig(loss, pass.config);
  if (pass.data.length === 0) throw wrongField(["data"], "there is no datum: send at least one");
  return { loss, datums: pass.data.map((datum, i) => checkedDatum(datum, { loss, config, limits, place: i })) };
}

function lossName(name: string): LossName {
  if (Object.hasOwn(LOSSES, name)) return name as LossName;
  const known = Object.keys(LOSSES).map((one) => `'${one}'`);
  throw wrongField(["loss_fn"], `Input should be ${known.slice(0, -1).join(", ")} or ${known.at(-1)}, not '${name}'`);
}

interface Thresholds {
  readonly clip_low_threshold: number;
  readonly clip_high_threshold: number;
}

function checkedConfig(loss: LossName, config: Readonly<Record<string, number>>): Thresholds {
  const known = LOSSES[loss].clips ? Object.keys(CLIP) : [];
  const unknown = Object.keys(config).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    const list = (keys: readonly string[]): string => `[${keys.map((key) => `'${key}'`).join(", ")}]`;
    throw wrongField(
      ["loss_fn_config"],
      `Invalid loss_fn_config keys for loss_fn='${loss}': ${list(unknown)}. Allowed keys: ${list(known)}.`,
    );
  }
  const thresholds = { ...CLIP, ...config };
  checkThresholds(thresholds.clip_low_threshold, thresholds.clip_high_threshold, ["loss_fn_config"]);
  return thresholds;
}

function checkThresholds(low: number, high: number, loc: readonly (string | number)[]): void {
  if (low >= 0 && low <= high && Number.isFinite(high)) return;
  throw wrongField(
    [...loc, "clip_low_threshold"],
    `${low} with clip_high_threshold ${high}: thresholds are ratios, 0 ≤ low ≤ high (0.8 and 1.2 clip to ±20 %)`,
  );
}

interface Checking {
  readonly loss: LossName;
  readonly config: Thresholds;
  readonly limits: ModelLimits;
  readonly place: number;
}

function checkedDatum({ tokens, inputs }: SentDatum, checking: Checking): CheckedDatum {
  const { limits, place } = checking;
  const wrong = (field: string, msg: string): TinkerError => wrongField(["data", place, ...field.split(".")], msg);
  if (tokens.length === 0) throw wrong("model_input", "there is no token");
  if (tokens.length >= limits.maxSequenceTokens) {
    const most = limits.maxSequenceTokens - 1;
    throw wrong("model_input", `${tokens.length} tokens: with the last target the model reads at most ${most} and 1`);
  }
  const unknown = Object.keys(inputs).find((name) => name !== "target_tokens" && !FLOATS.includes(name));
  if (unknown !== undefined) {
    throw wrong(`loss_fn_inputs.${unknown}`, `no loss reads it: expected target_tokens, ${FLOATS.join(", ")}`);
  }
  const sent = inputs["target_tokens"];
  if (sent === undefined) throw wrong("loss_fn_inputs.target_tokens", "Field required");
  checkShape(sent, tokens.length, (msg) => wrong("loss_fn_inputs.target_tokens", msg));
  checkTokens(tokens, limits, (msg) => wrong("model_input", msg));
  checkTokens(sent.data, limits, (msg) => wrong("loss_fn_inputs.target_tokens", msg));
  for (const name of FLOATS) {
    const tensor = inputs[name];
    if (tensor === undefined) continue;
    if (tensor.data.length !== sent.data.length) {
      throw wrong(`loss_fn_inputs.${name}`, `${tensor.data.length} numbers for ${sent.data.length} target_tokens`);
    }
    const at = tensor.data.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) throw wrong(`loss_fn_inputs.${name}`, `number ${at} is ${tensor.data[at]}: expected a finite number`);
  }
  checkNeeds(inputs, checking, wrong);
  return { tokens, targetTokens: sent.data, targets: targetsOf(inputs, sent.data.length, checking) };
}

function checkShape({ data, shape }: SentTensor, tokens: number, wrong: (msg: string) => TinkerError): void {
  const [extent, ...more] = shape ?? [data.length];
  if (extent === tokens && more.length === 0 && data.length === tokens) return;
  throw wrong(
    `shape [${[extent, ...more].join(", ")}] with ${data.length} numbers for ${tokens} input tokens: expected [${tokens}], one target for each`,
  );
}

function checkTokens(
  ids: readonly number[],
  { vocabularySize }: ModelLimits,
  wrong: (msg: string) => TinkerError,
): void {
  const at = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocabularySize));
  if (at >= 0) throw wrong(`number ${at} is ${ids[at]}: expected a token, an integer from 0 to ${vocabularySize - 1}`);
}

function checkNeeds(
  inputs: SentDatum["inputs"],
  { loss, config }: Checking,
  wrong: (field: string, msg: string) => TinkerError,
): void {
  for (const name of LOSSES[loss].needs) {
    if (inputs[name] !== undefined) continue;
    // With one threshold for both sides the ratio is that, whatever the policy was that sampled.
    const fixed = loss === "cispo" && name === "logprobs" && config.clip_low_threshold === config.clip_high_threshold;
    if (!fixed) throw wrong(`loss_fn_inputs.${name}`, `Field required: ${loss} has no meaning without it`);
  }
}

function targetsOf(inputs: SentDatum["inputs"], count: number, { config, place }: Checking): Target[] {
  const read =
    (name: string, absent: number) =>
    (i: number): number =>
      inputs[name]?.data[i] ?? absent;
  const [weight, advantage, oldLogprob] = [read("weights", 1), read("advantages", 0), read("logprobs", 0)];
  const low = read("clip_low_threshold", config.clip_low_threshold);
  const high = read("clip_high_threshold", config.clip_high_threshold);
  return Array.from({ length: count }, (_, i) => {
    checkThresholds(low(i), high(i), ["data", place, "loss_fn_inputs"]);
    return {
      weight: weight(i),
      advantage: advantage(i),
      oldLogprob: oldLogprob(i),
      clipLow: low(i),
      clipHigh: high(i),
    };
  });
}
