/**
 * A sampler whose turns a script writes: rollouts with known texts and entropies, for the paper's example and for tests.
 * It keeps logical time (AEPO-R10): a turn takes a tick a token, and `next` returns what ends in the nearest tick.
 */
import type { Sample, SampleRequest, Sampler, SamplerLedger } from "../policy/policy.ts";
import { encodeText, plainText, type Text } from "../policy/text-parts.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";

/** Where a turn is asked for. */
export interface ScriptPlace {
  /** Of the question in its batch. */
  readonly question: number;
  /** NaN for what is no path's: H_root measured apart. */
  readonly path: number;
  /** Number of the path among its question's roots, from 0; null for a fork. */
  readonly root: number | null;
  /** Turns that this path has asked for before. */
  readonly turn: number;
  /** Everything before the turn. */
  readonly prefix: string;
  readonly seed: number;
}

export interface ScriptedTurn {
  readonly text: Text;
  /** Nats, of every token alike or one a token. */
  readonly entropy: number | readonly number[];
}

export type TurnScript = (place: ScriptPlace) => ScriptedTurn;

interface OpenTurn {
  readonly sample: Sample;
  readonly endsAt: number;
}

/** The sampled token's log-probability is minus its entropy, which is what it is on average; it is the only likely one listed. */
export class ScriptedTurns implements Sampler {
  private readonly tokenizer: Tokenizer;
  private readonly script: TurnScript;
  private open: OpenTurn[] = [];
  private tick = 0;
  /** What the next turn of a known path is. */
  private readonly asked = new Map<string, Pick<ScriptPlace, "root" | "turn">>();
  private readonly questions = new Map<number, { readonly prompt: string; roots: number }>();
  private readonly counts = { sampled: 0, prefilled: 0, reused: 0 };

  constructor(tokenizer: Tokenizer, script: TurnScript) {
    this.tokenizer = tokenizer;
    this.script = script;
  }

  get ledger(): SamplerLedger {
    return { ...this.counts };
  }

  submit(request: SampleRequest): void {
    if (this.open.some(({ sample }) => sample.id === request.id)) {
      throw new AepoError("policy", `request "${request.id}": its id is that of another open request`);
    }
    if (request.maxTokens < 1) throw new AepoError("policy", `request "${request.id}": maxTokens ${request.maxTokens}`);
    const sample = this.write(request);
    this.counts.prefilled += request.ids.length;
    this.open.push({ sample, endsAt: this.tick + sample.ids.length });
  }

  async next(): Promise<readonly Sample[]> {
    if (this.open.length === 0) return [];
    this.tick = Math.min(...this.open.map(({ endsAt }) => endsAt));
    const ended = this.open.filter(({ endsAt }) => endsAt === this.tick).map(({ sample }) => sample);
    this.open = this.open.filter(({ endsAt }) => endsAt !== this.tick);
    this.counts.sampled += ended.reduce((sum, { ids }) => sum + ids.length, 0);
    return ended;
  }

  async close(): Promise<void> {
    this.open = [];
  }

  private write(request: SampleRequest): Sample {
    const { text, entropy } = this.script(this.place(request));
    const whole = encodeText(this.tokenizer, text);
    const ids = whole.slice(0, request.maxTokens);
    const entropies = ids.map((_, i) => (typeof entropy === "number" ? entropy : (entropy[i] ?? 0)));
    const ends =
      request.stop.some((sequence) => sequence.every((token, i) => token === ids.at(i - sequence.length))) ||
      (ids.length === whole.length && (request.stopTexts ?? []).some((stop) => plainText(text).endsWith(stop)));
    const logprobs = entropies.map((h) => -h);
    const top =
      request.topLogprobs === undefined ? {} : { top: ids.map((id, i) => [{ id, logprob: logprobs[i] ?? 0 }]) };
    return { id: request.id, ids, entropies, logprobs, finish: ends ? "stop" : "length", ...top };
  }

  /** A root is first met at the prompt, which is the first prefix of its question; a fork behind a tool result. */
  private place({ id, ids, seed }: SampleRequest): ScriptPlace {
    const [question = 0, path = 0] = id.split("/").map(Number);
    const prefix = this.tokenizer.decode(ids);
    if (Number.isNaN(path)) return { question, path, root: null, turn: 0, prefix, seed };
    const known = this.questions.get(question) ?? { prompt: prefix, roots: 0 };
    this.questions.set(question, known);
    const place =
      prefix === known.prompt ? { root: known.roots++, turn: 0 } : (this.asked.get(id) ?? { root: null, turn: 0 });
    this.asked.set(id, { root: place.root, turn: place.turn + 1 });
    return { question, path, ...place, prefix, seed };
  }
}
