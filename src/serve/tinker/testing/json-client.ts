/** A client as plain as can be: JSON alone, no retries. */

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is looked at by tests
  readonly body: any;
}

export interface JsonClient {
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** What is there, after redirections. */
  bytes(path: string): Promise<Uint8Array>;
  /** The result of a submitted request. */
  result(submitted: Answer): Promise<Answer>;
  /** Submits and waits. */
  call(path: string, body: unknown): Promise<Answer>;
  /** A session and a model of it. */
  model(lora?: Readonly<Record<string, unknown>>): Promise<{ readonly session: string; readonly model: string }>;
}

/** `headers`: of every request. */
export function jsonClient(url: string, baseModel: string, headers: Readonly<Record<string, string>> = {}): JsonClient {
  const request = async (method: string, path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, ...init });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  };
  const client: JsonClient = {
    post: (path, body, more = {}) =>
      request("POST", path, {
        headers: { "content-type": "application/json", ...headers, ...more },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (path) => request("GET", path, {}),
    remove: (path) => request("DELETE", path, {}),
    bytes: async (path) => new Uint8Array(await (await fetch(`${url}/api/v1${path}`, { headers })).arrayBuffer()),
    async result(submitted) {
      if (submitted.status !== 200) return submitted;
      for (;;) {
        const answer = await client.post("/retrieve_future", { request_id: submitted.body.request_id });
        if (answer.status !== 408) return answer;
      }
    },
    call: async (path, body) => client.result(await client.post(path, body)),
    async model(lora = {}) {
      const session = await client.post("/create_session", { tags: [], sdk_version: "test" });
      const created = await client.call("/create_model", {
        session_id: session.body.session_id,
        model_seq_id: 0,
        base_model: baseModel,
        lora_config: { rank: 4, seed: 7, ...lora },
      });
      if (created.status !== 200) throw new Error(JSON.stringify(created));
      return { session: session.body.session_id, model: created.body.model_id };
    },
  };
  return client;
}

export interface DatumArrays {
  readonly weights?: readonly number[];
  readonly logprobs?: readonly number[];
  readonly advantages?: readonly number[];
}

/** All but the last token as input, all but the first as targets. */
export function datumJson(tokens: readonly number[], arrays: DatumArrays = {}): object {
  const tensor = (data: readonly number[], dtype: string): object => ({ data, dtype, shape: [data.length] });
  const inputs = Object.entries(arrays).map(([name, data]) => [name, tensor(data, "float32")] as const);
  return {
    model_input: { chunks: [{ type: "encoded_text", tokens: tokens.slice(0, -1) }] },
    loss_fn_inputs: { target_tokens: tensor(tokens.slice(1), "int64"), ...Object.fromEntries(inputs) },
  };
}
