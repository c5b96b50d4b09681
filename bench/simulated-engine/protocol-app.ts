/**
 * The protocol in front of the engine, as far as a trainer needs it, with no checks of what is sent. Each handler is given
 * the parsed body and answers at once; what takes time is a promise. Whoever takes protobuf gets results in it.
 */
import type { SampleResult } from "../../src/protocol/in-memory.ts";
import { forwardResultToProtobuf } from "../../src/protocol/protobuf/forward-protobuf.ts";
import { type PassRequest, passFromProtobuf } from "../../src/protocol/protobuf/pass-protobuf.ts";
import { sampleResultToProtobuf } from "../../src/protocol/protobuf/sample-protobuf.ts";
import type { Engine } from "./engine.ts";
import { type FutureAnswer, Futures } from "./futures.ts";
import type { SimClock } from "./sim-clock.ts";
import { logprob, logprobsOf, writeTurn } from "./text.ts";

export type Answer = FutureAnswer;

// What is sent is trusted: this server is only ever spoken to by the client that it measures.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

const MOST_DATUMS = 1_000_000;

interface Tensor {
  readonly data: readonly number[];
}

interface DatumBody {
  readonly loss_fn_inputs: Readonly<Record<string, Tensor>>;
}

export class ProtocolApp {
  private readonly engine: Engine;
  private readonly clock: SimClock;
  private readonly futures = new Futures();
  /** Promises by (model, seq_id): a request that is sent twice is one. */
  private readonly submitted = new Map<string, string>();
  private names = 0;

  constructor(engine: Engine, clock: SimClock) {
    [this.engine, this.clock] = [engine, clock];
  }

  /** Null: no such path. `body`: parsed JSON, or the bytes of protobuf. */
  async answer(path: string, body: Body, protobuf: boolean): Promise<Answer | null> {
    if (body instanceof Uint8Array) {
      const { modelId, seqId, data, forwardOnly } = passFromProtobuf(body, MOST_DATUMS);
      const numbers = { model_id: modelId, seq_id: seqId };
      return {
        status: 200,
        body: JSON.stringify(this.once(numbers, () => this.pass(data.map(targetsOf), !forwardOnly, true))),
      };
    }
    if (path === "asample") return { status: 200, body: JSON.stringify(this.sample(body)) };
    if (path === "retrieve_future") return this.retrieve(String(body.request_id), protobuf);
    const direct = this.direct(path, body);
    return direct === null ? null : { status: 200, body: JSON.stringify(direct) };
  }

  private async retrieve(id: string, protobuf: boolean): Promise<Answer> {
    const answer = await this.futures.poll(id, this.engine.settings.service.holdPollMs);
    if (protobuf && answer?.protobuf !== undefined) return { status: answer.status, body: answer.protobuf() };
    return answer ?? { status: 404, body: JSON.stringify({ detail: "Future not found" }) };
  }

  /** The client has the answer. */
  delivered(path: string, body: Body, status: number): void {
    if (path === "retrieve_future" && status !== 408) this.futures.forget(String(body.request_id));
  }

  private direct(path: string, body: Body): object | null {
    const { model, service } = this.engine.settings;
    switch (path) {
      case "healthz":
        return { status: "ok" };
      case "get_server_capabilities":
        return { supported_models: [{ model_name: model.name, max_context_length: 40_960 }] };
      case "client/config":
        return { pjwt_auth_enabled: false };
      case "create_session":
        return { type: "create_session", session_id: this.named("session") };
      case "session_heartbeat":
        return { type: "session_heartbeat" };
      case "create_sampling_session":
        return { type: "create_sampling_session", sampling_session_id: this.named("sampling") };
      case "training_runs":
        return { training_runs: [], cursor: { offset: 0, limit: 20, total_count: 0 } };
      case "create_model": {
        const model_id = this.named("model");
        const result = { model_id, base_model: body.base_model, lora_config: body.lora_config };
        return { ...result, status: "created", ...this.later(service.syncMs, () => result) };
      }
      case "unload_model":
        return { model_id: body.model_id, ...this.later(0, () => ({ model_id: body.model_id, status: "unloaded" })) };
      case "save_weights_for_sampler":
        return this.later(this.engine.occupy(service.syncMs), () => ({
          path: typeof body.path === "string" ? `tinker://${body.model_id}/${body.path}` : null,
          sampling_session_id: this.named("sampling"),
        }));
      case "save_weights":
        return this.later(service.syncMs, () => ({ path: `tinker://${body.model_id}/weights/${body.path}` }));
      case "optim_step":
        return this.once(body, () =>
          this.later(this.engine.occupy(service.optimStepMs), () => ({ metrics: { "skyrl.ai/grad_norm": 1 } })),
        );
      case "forward":
        return this.once(body, () => this.pass(body.forward_input.data.map(targetsIn), false, false));
      case "forward_backward":
        return this.once(body, () => this.pass(body.forward_backward_input.data.map(targetsIn), true, false));
      default:
        return null;
    }
  }

  private named(kind: string): string {
    return `${kind}_${(++this.names).toString(16).padStart(8, "0")}`;
  }

  private once(body: Body, submit: () => { readonly request_id: string }): object {
    const key = `${body.model_id} ${body.seq_id}`;
    const request_id = this.submitted.get(key) ?? submit().request_id;
    this.submitted.set(key, request_id);
    return { request_id, future_id: request_id, status: "pending" };
  }

  private later(ms: number, result: () => object | Uint8Array): { readonly request_id: string } {
    const id = this.futures.promise();
    const keep = (): void => {
      const found = result();
      this.futures.keep(id, { status: 200, body: found instanceof Uint8Array ? found : JSON.stringify(found) });
    };
    this.clock.after(ms + this.engine.settings.service.pollMs, keep);
    return { request_id: id };
  }

  private pass(
    targets: readonly ArrayLike<number>[],
    backward: boolean,
    protobuf: boolean,
  ): { readonly request_id: string } {
    const tokens = targets.reduce((sum, { length }) => sum + length, 0);
    return this.later(this.engine.train(tokens, backward), () => {
      const outputs = targets.map((ids) => ({ logprobs: Float32Array.from(ids, (token, i) => logprob(token, i + 1)) }));
      if (protobuf) return forwardResultToProtobuf({ outputs, metrics: {} });
      const tensor = (values: Float32Array): object => ({
        data: [...values],
        dtype: "float32",
        shape: [values.length],
      });
      return {
        loss_fn_output_type: "scalar",
        metrics: {},
        loss_fn_outputs: outputs.map(({ logprobs }) => ({
          logprobs: tensor(logprobs),
          elementwise_loss: tensor(logprobs),
        })),
      };
    });
  }

  private sample(body: Body): object {
    const { faults, text, service } = this.engine.settings;
    const prompt: readonly number[] = body.prompt.chunks.flatMap(({ tokens }: { tokens: number[] }) => tokens);
    const { seed = 0, max_tokens: maxTokens = 16 } = body.sampling_params;
    const id = this.futures.promise();
    const keep = (answer: FutureAnswer): void =>
      void this.clock.after(service.pollMs / 2, () => this.futures.keep(id, answer));
    const fail = (detail: string): void => keep({ status: 400, body: JSON.stringify({ detail }) });
    if ((((seed + 1) * 7919) % 100_003) / 100_003 < faults.failedSamples) {
      this.engine.countFailure();
      fail("the engine failed this request");
      return { request_id: id, status: "pending" };
    }
    const { tokens, stop } = writeTurn(text, prompt, seed, maxTokens);
    const route = body.sampling_session_id === undefined ? null : `${body.sampling_session_id}:${body.seq_id}`;
    this.engine.sample(route, {
      prompt,
      tokens,
      done: (outcome, cached) => {
        if (outcome === "died") return fail("EngineDeadError: the replica is gone");
        const logprobs = logprobsOf(tokens, prompt.length);
        const sequences = [{ stopReason: stop ? "stop" : "length", tokens, logprobs } as const];
        const result: SampleResult = {
          sequences,
          promptLogprobs: null,
          topPromptLogprobs: null,
          cachedPromptTokens: cached,
        };
        keep({ status: 200, body: sampleJson(result), protobuf: () => sampleResultToProtobuf(result) });
      },
    });
    return { request_id: id, status: "pending" };
  }
}

function sampleJson({ sequences, cachedPromptTokens }: SampleResult): string {
  return JSON.stringify({
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({ stop_reason: stopReason, tokens, logprobs })),
    prompt_logprobs: null,
    topk_prompt_logprobs: null,
    prompt_cache_hit_tokens: cachedPromptTokens,
  });
}

function targetsOf({ targetTokens }: PassRequest["data"][number]): ArrayLike<number> {
  return targetTokens;
}

function targetsIn({ loss_fn_inputs }: DatumBody): ArrayLike<number> {
  return loss_fn_inputs["target_tokens"]?.data ?? [];
}
