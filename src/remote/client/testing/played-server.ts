/**
 * A server that answers as SkyRL was recorded to (statuses, bodies, forms of every answer), computes nothing, and misbehaves when
 * told: what a client does about faults is shown against it. What the numbers mean is shown against a server that computes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Call {
  /** Without `/api/v1/`. */
  readonly endpoint: string;
  readonly body: Record<string, unknown>;
  readonly raw: Buffer;
  readonly headers: IncomingMessage["headers"];
  /** How many calls of this endpoint there were before. */
  readonly nth: number;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** `reset`: the connection ends before the request is looked at. `lose`: it is carried out, then the connection ends. `hang`: nothing ever. */
export type Fault = Reply | "reset" | "lose" | "hang";

export interface PlayedOptions {
  /** Whether a repeated training request is known by its number (SkyRL of August 2026: yes; its package 0.3.0: no). */
  readonly deduplicates?: boolean;
  readonly readsProtobuf?: boolean;
  readonly title?: string;
}

export class PlayedServer {
  readonly calls: Call[] = [];
  /** Asked before every call; what it returns happens instead. */
  fault: (call: Call) => Fault | undefined = () => undefined;
  /** The result of a future instead of the usual one. */
  result: (call: Call) => Reply | undefined = () => undefined;
  private readonly options: PlayedOptions;
  private readonly server: Server;
  private port = 0;
  private futures = new Map<string, Call>();
  private numbers = new Map<string, { readonly body: string; readonly id: string }>();
  private names = new Set<string>();
  private models = new Map<string, string>();
  private sessions = new Set<string>();
  private count = 0;

  private constructor(options: PlayedOptions) {
    this.options = options;
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(options: PlayedOptions = {}): Promise<PlayedServer> {
    const played = new PlayedServer({ deduplicates: true, readsProtobuf: false, ...options });
    await played.listen();
    return played;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  of(endpoint: string): readonly Call[] {
    return this.calls.filter((call) => call.endpoint === endpoint);
  }

  /** Ends every connection; the address stays the same. `forget`: nothing of before is known afterwards. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  async restart({ forget }: { readonly forget: boolean }): Promise<void> {
    if (forget) {
      this.futures = new Map();
      this.models = new Map();
      this.sessions = new Set();
    }
    await this.listen();
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const raw = Buffer.concat(parts);
    const endpoint = (request.url ?? "").replace(/^\/api\/v1\//, "");
    const call = { endpoint, raw, headers: request.headers, body: bodyOf(raw), nth: this.of(endpoint).length };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === "hang") return;
    if (fault === "reset") return void request.socket.destroy();
    const reply = typeof fault === "object" ? fault : this.answer(call);
    if (fault === "lose") return void request.socket.destroy();
    const text =
      typeof reply.body === "string" || Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, {
      "content-type": typeof reply.body === "string" ? "text/plain" : "application/json",
      ...reply.headers,
    });
    response.end(text);
  }

  private answer(call: Call): Reply {
    const { endpoint, body } = call;
    if (endpoint === "/") return good({ name: this.options.title ?? "Tinker API Mock", version: "0.0.1" });
    if (endpoint === "healthz") return good({ status: "ok" });
    if (endpoint === "get_server_capabilities")
      return good({ supported_models: [{ model_name: "/models/qwen3-tiny" }] });
    if (endpoint === "create_session") {
      const id = `session_${++this.count}`;
      this.sessions.add(id);
      return good({
        type: "create_session",
        info_message: null,
        warning_message: null,
        error_message: null,
        session_id: id,
      });
    }
    if (endpoint === "session_heartbeat")
      return this.sessions.has(String(body["session_id"]))
        ? good({ type: endpoint })
        : detail(404, "Session not found");
    if (endpoint === "create_sampling_session")
      return good({ type: endpoint, sampling_session_id: `sampling_${++this.count}` });
    if (endpoint === "retrieve_future") return this.retrieve(call);
    if (endpoint.endsWith("/checkpoints")) return good({ checkpoints: this.checkpoints(endpoint.split("/")[1] ?? "") });
    if (String(call.headers["content-type"]).includes("protobuf") && this.options.readsProtobuf !== true)
      return { status: 500, body: "Internal Server Error" };
    return this.submit(call);
  }

  private submit(call: Call): Reply {
    const { endpoint, body } = call;
    if (endpoint === "create_model") {
      const model_id = `model_${++this.count}`;
      this.models.set(model_id, String(body["base_model"]));
      return good({
        model_id,
        base_model: body["base_model"],
        status: "created",
        request_id: this.future(call, model_id),
      });
    }
    const model = String(body["model_id"]);
    if (endpoint !== "asample" && !this.models.has(model)) return detail(404, "Model not found");
    if (endpoint === "save_weights" || endpoint === "save_weights_for_sampler") {
      const numbers = `ss${String(body["sampling_session_seq_id"])}_seq${String(body["seq_id"])}`;
      const name = typeof body["path"] === "string" ? body["path"] : numbers;
      const key = `${model}/${endpoint === "save_weights" ? "weights" : "sampler_weights"}/${name}`;
      if (this.names.has(key)) return detail(409, `Checkpoint '${name}' already exists for model '${model}'`);
      this.names.add(key);
    }
    if (["forward", "forward_backward", "optim_step"].includes(endpoint) && this.options.deduplicates === true) {
      const key = `${model}/${String(body["seq_id"])}`;
      const known = this.numbers.get(key);
      if (known !== undefined && known.body !== call.raw.toString())
        return detail(409, "Training request sequence number was reused");
      const id = known?.id ?? this.future(call);
      this.numbers.set(key, { body: call.raw.toString(), id });
      return accepted(id);
    }
    return accepted(this.future(call));
  }

  private future(call: Call, model?: string): string {
    const id = String(this.futures.size + 1);
    this.futures.set(id, model === undefined ? call : { ...call, body: { ...call.body, model_id: model } });
    return id;
  }

  private retrieve({ body }: Call): Reply {
    const call = this.futures.get(String(body["request_id"]));
    if (call === undefined) return detail(404, "Future not found");
    return this.result(call) ?? good(resultOf(call));
  }

  private checkpoints(model: string): object[] {
    return [...this.names].flatMap((key) => {
      const [id, kind, name] = key.split("/");
      const checkpoint_type = kind === "weights" ? "training" : "sampler";
      return id === model ? [{ checkpoint_id: name, checkpoint_type, time: null, tinker_path: `tinker://${key}` }] : [];
    });
  }
}

export function detail(status: number, text: string): Reply {
  return { status, body: { detail: text } };
}

function good(body: object): Reply {
  return { status: 200, body };
}

function accepted(id: string): Reply {
  return good({ future_id: id, status: "pending", request_id: id });
}

function bodyOf(raw: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(raw.toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function resultOf({ endpoint, body }: Call): object {
  const model_id = body["model_id"];
  if (endpoint === "create_model")
    return { model_id, base_model: body["base_model"], lora_config: body["lora_config"] };
  if (endpoint === "unload_model") return { model_id, status: "unloaded", type: "unload_model" };
  if (endpoint === "optim_step") return { metrics: { "skyrl.ai/grad_norm": 5.25, "skyrl.ai/learning_rate": 0.001 } };
  if (endpoint === "load_weights") return { type: "load_weights" };
  if (endpoint === "save_weights")
    return { path: `tinker://${String(model_id)}/weights/${String(body["path"])}`, type: endpoint };
  if (endpoint === "save_weights_for_sampler") {
    const isNamed = typeof body["path"] === "string";
    const path = isNamed ? `tinker://${String(model_id)}/${String(body["path"])}` : null;
    return {
      path,
      type: endpoint,
      sampling_session_id: isNamed ? null : `sampling_${String(body["sampling_session_seq_id"])}`,
    };
  }
  if (endpoint === "asample") return sampled(body);
  return passed(endpoint, body);
}

function sampled(body: Record<string, unknown>): object {
  const { max_tokens } = body["sampling_params"] as { readonly max_tokens: number };
  const one = { stop_reason: "length", tokens: Array(max_tokens).fill(1), logprobs: Array(max_tokens).fill(-0.5) };
  return { sequences: Array.from({ length: Number(body["num_samples"]) }, () => one), prompt_logprobs: null };
}

/** Log-probability of a target: minus its id, so that an order that was mixed up shows. */
function passed(endpoint: string, body: Record<string, unknown>): object {
  const { data } = body[`${endpoint}_input`] as {
    readonly data: readonly {
      readonly loss_fn_inputs: { readonly target_tokens: { readonly data: readonly number[] } };
    }[];
  };
  return {
    loss_fn_output_type: "scalar",
    loss_fn_outputs: data.map(({ loss_fn_inputs: { target_tokens } }) => ({
      logprobs: { data: target_tokens.data.map((id) => -id), dtype: "float32", shape: [target_tokens.data.length] },
      elementwise_loss: { data: target_tokens.data, dtype: "float32", shape: [target_tokens.data.length] },
    })),
    metrics: { "loss:sum": data.length },
  };
}
