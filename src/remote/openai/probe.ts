/**
 * Finds out what a server can do by asking it for a few tokens. What it refuses is asked for in the next best form; only a server
 * that does not answer at all, or refuses the key, is an error.
 */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import type { IdForm, ServerAbilities } from "./abilities.ts";
import type { OpenAiApi } from "./api.ts";
import { completionsAnswer, completionsBody, type CompletionsForm } from "./completions-wire.ts";
import { generateAnswer, generateBody, generateScoreBody, generateScores } from "./generate-wire.ts";
import { completionsScores, scoreBody, type ScoreForm } from "./prompt-scores.ts";
import { RequestFailure } from "./request-failure.ts";
import type { ServerModel } from "./server-model.ts";
import type { Addressee, TokenAnswer, TokenRequest } from "./token-wire.ts";

/** Two tokens that every vocabulary has, and enough new ones that chance does not repeat them. */
const PROMPT = [0, 1];
const DRAWN = 12;

const request = (changes: Partial<TokenRequest> = {}): TokenRequest => ({
  prompt: PROMPT,
  maxTokens: 1,
  temperature: 1,
  shaping: {},
  seed: 11,
  stopTokens: [],
  stopTexts: [],
  topLogprobs: 0,
  ...changes,
});

export async function probeServer(api: OpenAiApi, model: ServerModel, signal: AbortSignal): Promise<ServerAbilities> {
  return new Probe(api, model, signal).run();
}

class Probe {
  private readonly api: OpenAiApi;
  private readonly model: ServerModel;
  private readonly to: Addressee;
  private readonly signal: AbortSignal;
  private readonly refusals: string[] = [];

  constructor(api: OpenAiApi, model: ServerModel, signal: AbortSignal) {
    this.api = api;
    this.model = model;
    this.to = { model: model.name, adapter: null, cacheSalt: null };
    this.signal = signal;
  }

  async run(): Promise<ServerAbilities> {
    const { kind } = this.model;
    const found = await this.idForm();
    const { ids, form } = found;
    const draw = (changes: Partial<TokenRequest>): Promise<TokenAnswer | null> =>
      ids === null ? Promise.resolve(null) : this.drawn(ids, form, request({ maxTokens: DRAWN, ...changes }));
    return {
      ...this.model,
      ids,
      leastLogprobs: ids === "generate" ? 0 : form.leastLogprobs,
      scores: await this.scoreForm(),
      several: await this.several({ kind, leastLogprobs: form.leastLogprobs }),
      seeds: seedsOf([await draw({ seed: 5 }), await draw({ seed: 5 }), await draw({ seed: 6 })]),
      refusals: this.refusals,
    };
  }

  private async idForm(): Promise<{ readonly ids: IdForm | null; readonly form: CompletionsForm }> {
    const { kind } = this.model;
    for (const leastLogprobs of [0, 1, null] as const) {
      const form = { kind, leastLogprobs };
      const reply = await this.asked("/v1/completions", completionsBody(this.to, request(), form));
      const answer = reply === null ? null : this.read(() => completionsAnswer(reply, request()));
      if (answer === null || !readsIds(reply)) continue;
      // Asked for none of the likeliest, some tell nothing.
      if (leastLogprobs === 0 && answer.logprobs.some(Number.isNaN)) continue;
      const told = firstChoice(reply)?.token_ids != null;
      const tells = leastLogprobs !== null && !answer.logprobs.some(Number.isNaN);
      return {
        ids: told ? "return_token_ids" : "token_id names",
        form: { kind, leastLogprobs: tells ? leastLogprobs : null },
      };
    }
    const none = { kind, leastLogprobs: null };
    if (kind !== "sglang" && kind !== "other") return { ids: null, form: none };
    const native = await this.drawn("generate", none, request());
    return { ids: native === null ? null : "generate", form: none };
  }

  private async scoreForm(): Promise<ScoreForm | null> {
    const ids = [...PROMPT, ...PROMPT];
    for (const form of ["prompt_logprobs", "echo"] as const) {
      const reply = await this.asked("/v1/completions", scoreBody({ ...this.to, kind: this.model.kind, form }, [ids]));
      if (reply !== null && completionsScores(reply, [ids], form)[0] !== null) return form;
    }
    if (this.model.kind !== "sglang" && this.model.kind !== "other") return null;
    const reply = await this.asked("/generate", generateScoreBody(this.to, ids));
    const scores = reply === null ? null : this.read(() => generateScores(reply, ids));
    return scores === null ? null : "generate";
  }

  private async several(form: CompletionsForm): Promise<boolean> {
    const body = { ...completionsBody(this.to, request(), form), n: 2 };
    const reply = await this.asked("/v1/completions", body);
    return choicesOf(reply).length === 2;
  }

  private async drawn(ids: IdForm, form: CompletionsForm, asked: TokenRequest): Promise<TokenAnswer | null> {
    if (ids === "generate") {
      const reply = await this.asked("/generate", generateBody(this.to, asked));
      return reply === null ? null : this.read(() => generateAnswer(reply, asked));
    }
    const reply = await this.asked("/v1/completions", completionsBody(this.to, asked, form));
    return reply === null ? null : this.read(() => completionsAnswer(reply, asked));
  }

  /** Null: refused. Rejects where the server is not there: it would be a server that can do nothing otherwise. */
  private async asked(path: string, body: object): Promise<unknown> {
    return this.api.post(path, body, { signal: this.signal }).catch((thrown: unknown) => {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (thrown.status === null) {
        throw new AepoError("policy", `${thrown.message} (${this.api.root})`, {
          fix: "start the server, or check the address",
        });
      }
      this.refusals.push(thrown.message);
      return null;
    });
  }

  private read<T>(work: () => T): T | null {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      this.refusals.push(thrown.message);
      return null;
    }
  }
}

const choicesSchema = z.looseObject({
  choices: z.array(
    z.looseObject({ token_ids: z.array(z.int()).nullish(), prompt_token_ids: z.array(z.int()).nullish() }),
  ),
  usage: z.looseObject({ prompt_tokens: z.int() }).nullish().catch(null),
});

function choicesOf(reply: unknown): z.output<typeof choicesSchema>["choices"] {
  return choicesSchema.safeParse(reply).data?.choices ?? [];
}

function firstChoice(reply: unknown): ReturnType<typeof choicesOf>[number] | undefined {
  return choicesOf(reply)[0];
}

/** Whether the prompt was taken as token ids, as far as the server says. */
function readsIds(reply: unknown): boolean {
  const told = firstChoice(reply)?.prompt_token_ids;
  if (told != null) return told.length === PROMPT.length && told.every((id, i) => id === PROMPT[i]);
  const count = choicesSchema.safeParse(reply).data?.usage?.prompt_tokens;
  return count === undefined || count === PROMPT.length;
}

/** The first two of one seed, the third of another. */
function seedsOf([one, again, other]: readonly (TokenAnswer | null)[]): boolean | null {
  const same = (a: TokenAnswer, b: TokenAnswer): boolean => JSON.stringify(a.ids) === JSON.stringify(b.ids);
  if (one == null || again == null) return false;
  if (!same(one, again)) return false;
  return other == null || same(one, other) ? null : true;
}
