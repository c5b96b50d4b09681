/** Asks one model of a server for continuations and scores of token ids, in the form that was found out. */
import type { ScoreRequest } from "../../policy/policy.ts";
import { AepoError } from "../../std/errors.ts";
import type { ServerAbilities } from "./abilities.ts";
import type { ApiCall, OpenAiApi } from "./api.ts";
import { completionsAnswer, completionsBody } from "./completions-wire.ts";
import { generateAnswer, generateBody, generateScoreBody, generateScores } from "./generate-wire.ts";
import { completionsScores, scoreBody } from "./prompt-scores.ts";
import { RequestFailure } from "./request-failure.ts";
import type { Addressee, TokenAnswer, TokenRequest } from "./token-wire.ts";

export interface TokenClient {
  sample(request: TokenRequest, call: ApiCall): Promise<TokenAnswer>;
  /** Log-probabilities of the tokens from the second on, one list a request. */
  scores(requests: readonly ScoreRequest[], call: ApiCall): Promise<readonly (readonly number[])[]>;
}

/** Throws for a server that speaks no token ids. */
export function tokenClient(api: OpenAiApi, to: Addressee, abilities: ServerAbilities): TokenClient {
  const { ids: form, kind, leastLogprobs, scores } = abilities;
  if (form === null) {
    throw new AepoError("policy", `${api.root} neither takes nor gives token ids`, {
      exists: abilities.refusals.slice(0, 2).join("; ") || "texts only",
      fix: "ask it as a chat API: aepo eval http://… --suite NAME",
    });
  }
  return {
    async sample(request, call) {
      if (form === "generate") {
        return generateAnswer(await api.post("/generate", generateBody(to, request), call), request);
      }
      const body = completionsBody(to, request, { kind, leastLogprobs });
      return completionsAnswer(await api.post("/v1/completions", body, call), request);
    },
    async scores(requests, call) {
      if (scores === null) {
        throw new AepoError("policy", `${api.root} does not report the log-probabilities of a prompt`);
      }
      const lots = lotsOf(requests, scores === "generate" ? 1 : PROMPTS_TOGETHER);
      const found = await Promise.all(
        lots.map(async ({ prompts, temperature }) => {
          if (scores !== "generate") {
            const body = scoreBody({ ...to, kind, form: scores }, prompts, temperature);
            return completionsScores(await api.post("/v1/completions", body, call), prompts, scores);
          }
          const [ids = []] = prompts;
          return [generateScores(await api.post("/generate", generateScoreBody(to, ids), call), ids)];
        }),
      );
      const all = found
        .flat()
        .map((score) => score ?? fail(new RequestFailure("the server did not score all tokens of a prompt", null)));
      // A single token has no prediction, and servers need not be asked.
      let next = 0;
      return requests.map(({ ids }) => (ids.length === 1 ? [] : (all[next++] ?? [])));
    },
  };
}

const PROMPTS_TOGETHER = 16;

interface ScoreLot {
  readonly temperature: number;
  readonly prompts: (readonly number[])[];
}

/** Neighbours of one temperature are asked for together. */
function lotsOf(requests: readonly ScoreRequest[], most: number): ScoreLot[] {
  const lots: ScoreLot[] = [];
  for (const { ids, temperature } of requests) {
    if (ids.length === 1) continue;
    const last = lots.at(-1);
    if (last !== undefined && last.temperature === temperature && last.prompts.length < most) last.prompts.push(ids);
    else lots.push({ temperature, prompts: [ids] });
  }
  return lots;
}

function fail(error: Error): never {
  throw error;
}
