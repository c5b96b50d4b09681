/**
 * A model as judge, behind any OpenAI-compatible server. Verdicts are cached, calls retried and bounded; a judge that cannot
 * answer is a failure in words, never a 0. An exact match needs no judge, and an empty answer is wrong without one.
 */
import OpenAI from "openai";
import PQueue from "p-queue";
import { withoutBox } from "../../data/boxed.ts";
import { exactMatch, normalizeAnswer } from "../../envs/grade.ts";
import { addJudgeFigures, type JudgeFigures, noJudgeFigures } from "../../envs/judge-figures.ts";
import { keyVariable } from "../../remote/openai/server-key.ts";
import { AepoError, messageOf } from "../../std/errors.ts";
import type { PartResult, RewardPart } from "../reward-part.ts";
import { DEFAULT_RUBRIC, type JudgeMessage, judgeMessages, readVerdict } from "./judge-prompt.ts";
import type { JudgeSettings } from "./judge-options.ts";
import { cacheKey, openVerdictCache, type VerdictCache } from "./verdict-cache.ts";

interface Bench {
  readonly client: OpenAI;
  readonly cache: VerdictCache;
  readonly queue: PQueue;
  readonly settings: JudgeSettings;
  /** Asked now, by key: the same question is asked once. */
  readonly asked: Map<string, Promise<PartResult>>;
  /** Adds to what it did. */
  note(figures: Partial<JudgeFigures>): void;
}

/** Throws AepoError("config") where the key that the server wants is not in the environment. */
export function judgePart(settings: JudgeSettings, environment: NodeJS.ProcessEnv = process.env): RewardPart {
  const { name, weight, baseURL, retries, timeoutMs, concurrency, rubric = DEFAULT_RUBRIC } = settings;
  const client = new OpenAI({ baseURL, apiKey: keyOf(settings, environment), maxRetries: retries, timeout: timeoutMs });
  const queue = new PQueue({ concurrency });
  let figures = noJudgeFigures;
  const note = (more: Partial<JudgeFigures>): void => void (figures = addJudgeFigures(figures, more));
  const bench: Bench = { client, queue, settings, cache: openVerdictCache(settings.cache), asked: new Map(), note };
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: ({ prompt, answers }, { answer }) => {
      if (answer === null || normalizeAnswer(answer) === "") return 0;
      if (exactMatch(withoutBox(answer), answers)) return 1;
      return verdict(bench, judgeMessages({ question: prompt, golds: answers, answer }, rubric));
    },
    takeFigures() {
      const taken = figures;
      figures = noJudgeFigures;
      return taken;
    },
    close: async () => {
      queue.clear();
      await queue.onIdle();
    },
  };
}

/** As for any model server: OpenAI's key goes to OpenAI alone, unless somebody names a variable. */
function keyOf({ keyEnv, baseURL }: JudgeSettings, environment: NodeJS.ProcessEnv): string {
  const name = keyVariable(baseURL, keyEnv);
  const key = environment[name];
  if (key !== undefined && key !== "") return key;
  // A server of one's own seldom wants a key; one that was named must be there.
  if (keyEnv === undefined && name !== keyVariable(OPENAI, undefined)) return "none";
  throw new AepoError("config", `the judge at ${baseURL} needs a key, and ${name} is not set`, {
    fix: `set ${name}, or name another variable in judge.keyEnv`,
  });
}

const OPENAI = "https://api.openai.com/v1";

async function verdict(bench: Bench, messages: readonly JudgeMessage[]): Promise<PartResult> {
  const { settings, cache, queue, asked, note } = bench;
  const key = cacheKey([settings.baseURL, settings.model, messages]);
  const known = cache.get(key);
  note({ answers: 1 });
  const waiting = asked.get(key);
  if (known !== undefined || waiting !== undefined) note({ cached: 1 });
  if (known !== undefined) return known ? 1 : 0;
  if (waiting !== undefined) return waiting;
  const answer = queue
    .add(async () => counted(bench, await ask(bench, key, messages)))
    .finally(() => asked.delete(key));
  asked.set(key, answer);
  return answer;
}

function counted({ note }: Bench, result: PartResult): PartResult {
  if (typeof result === "object" && result !== null && "failed" in result) note({ failed: 1 });
  return result;
}

/** Replies without a verdict are asked for again, as often as calls that fail. */
async function ask(bench: Bench, key: string, messages: readonly JudgeMessage[]): Promise<PartResult> {
  const { client, cache, settings } = bench;
  let reply = "";
  try {
    for (let attempt = 0; attempt <= settings.retries; attempt++) {
      const { model, maxTokens } = settings;
      const temperature = attempt === 0 ? 0 : settings.retryTemperature;
      const got = await client.chat.completions.create({
        model,
        messages: [...messages],
        temperature,
        max_tokens: maxTokens,
      });
      bench.note(spentOf(got, settings));
      reply = replyOf(got);
      const correct = readVerdict(reply);
      if (correct === null) continue;
      await cache.put(key, correct, reply);
      return correct ? 1 : 0;
    }
  } catch (thrown) {
    return { failed: `${settings.model} at ${settings.baseURL} did not answer: ${messageOf(thrown)}` };
  }
  const said = JSON.stringify(reply.slice(-80));
  return { failed: `${settings.model} gave no verdict in ${settings.retries + 1} replies; the last ends ${said}` };
}

/** What a call cost, as far as its server counts. */
function spentOf(got: unknown, { price = { input: 0, output: 0 } }: JudgeSettings): Partial<JudgeFigures> {
  const { usage } = (typeof got === "object" && got !== null ? got : {}) as { usage?: unknown };
  const { prompt_tokens: input, completion_tokens: output } = (usage ?? {}) as Record<string, unknown>;
  if (!isCount(input) || !isCount(output)) return { calls: 1, uncounted: 1 };
  const cost = (input * price.input + output * price.output) / 1e6;
  return { calls: 1, inputTokens: input, outputTokens: output, cost };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A server may send anything. */
function replyOf(got: unknown): string {
  const { choices } = (typeof got === "object" && got !== null ? got : {}) as { choices?: unknown };
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const content = (first as { message?: { content?: unknown } } | undefined)?.message?.content;
  return typeof content === "string" ? content : "";
}
