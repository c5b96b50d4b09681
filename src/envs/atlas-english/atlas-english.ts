/**
 * Atlas in English, for pretrained models: chain questions about made-up people and places, answered with one `search` tool
 * whose pages are short English and which times out now and then. Every question has a world of its own.
 */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { derivedSeed, randomStream } from "../../std/random.ts";
import { describeTool } from "../../tools/describe-tool.ts";
import { tool } from "../../tools/tool.ts";
import { defineTask } from "../define.ts";
import { dialectOf } from "../dialects/list.ts";
import type { Split, Task } from "../task.ts";
import {
  type AtlasEnglishOptions,
  type AtlasEnglishSettings,
  atlasEnglishOptionsSchema,
  carefulEnglish,
} from "./options.ts";
import { type EnglishData, type EnglishDraft, englishQuestions } from "./questions.ts";
import { type Desk, runEnglishScript } from "./script.ts";
import { type EnglishWorld, makeEnglishWorld } from "./world.ts";

export { type AtlasEnglishOptions, atlasEnglishOptionsSchema, carefulEnglish } from "./options.ts";

/** Where a path stands: the question, and the page it has seen last. */
export interface EnglishState {
  readonly split: Split;
  readonly index: number;
  readonly page: string | null;
}

const NOTHING = "Nothing found.";
const TIMED_OUT = "The search timed out.";

/** The task for the given options. Throws AepoError("config") for options that are wrong. */
export function atlasEnglishTask(options: AtlasEnglishOptions = {}): Task<EnglishData, EnglishState> {
  const settings = settingsOf(options);
  const worldOf = lastWorlds(settings);
  const search = searchOf(settings, worldOf);
  const dialect = dialectOf(settings.dialect);
  const searchTool = tool<{ query: string }, EnglishState>({
    name: "search",
    description: "NAME: the page about the person, city, country or company of exactly that name",
    input: z.object({ query: z.string() }),
    execute: ({ query }, { state, call }) => search(state, query.trim(), call),
  });
  const deskOf = ({ split, index }: Pick<EnglishState, "split" | "index">): Desk => ({
    search(name, call) {
      const found = search({ split, index, page: null }, name, call);
      const page = found.state.page === null ? null : (worldOf(split, index).get(found.state.page) ?? null);
      return { text: found.text, page, timedOut: found.text === TIMED_OUT };
    },
    writeSearch: (name, thought) => dialect.call(searchTool, name, thought),
    writeAnswer: (text, thought) => dialect.answer(text, thought),
    result: (text) => dialect.result(text, true),
    calls: settings.calls,
  });
  const canBeAnswered = (draft: EnglishDraft): boolean => {
    const { split, index } = draft.data as EnglishData;
    const stream = randomStream(settings.worldSeed, "english-check", draft.id);
    const run = runEnglishScript(deskOf({ split, index }), carefulEnglish, draft, stream);
    const last = dialect.parse(run.parts.at(-1)?.text ?? "", [searchTool]);
    return last.kind === "answer" && last.text === String(draft.answers);
  };
  const questions = englishQuestions(settings, worldOf, canBeAnswered);
  // A dialect with special tokens belongs to a chat model: its template asks the question and lists the tool.
  const asked = (draft: EnglishDraft): EnglishDraft =>
    dialect.endTokens === undefined
      ? draft
      : {
          ...draft,
          chat: { messages: [{ role: "user", content: draft.prompt.trim() }], tools: [describeTool(searchTool)] },
        };
  return defineTask<EnglishData, EnglishState>({
    name: "atlas-english",
    description: "Chain questions in English about made-up people and places, with one search tool that times out.",
    tools: [searchTool],
    dialect,
    question: (split, index) => asked(questions(split, index)),
    environment: {
      initial: ({ data: { split, index } }) => ({ split, index, page: null }),
      fork: (state) => state,
      replayable: true,
    },
    limits: { calls: settings.calls, turns: settings.calls + 1, tokens: settings.tokens },
    // The first tokens of a turn are the fixed <think>; what is decided (which fact, on or stop) follows within twelve.
    entropyWindow: { tokens: 12, skip: 3 },
    demonstrate: ({ id, prompt, answers, data }, random) =>
      runEnglishScript(deskOf(data), settings.demonstrations, { id, prompt, answers, data }, random),
    stateKey: ({ id }, { page }) => `${id}:${page ?? "start"}`,
  });
}

function settingsOf(options: AtlasEnglishOptions): AtlasEnglishSettings {
  const parsed = atlasEnglishOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${["task", ...issue.path].join(".")}: ${issue.message}`);
  throw new AepoError("config", `bad options of atlas-english: ${faults.join("; ")}`, {
    expected: `fields ${Object.keys(atlasEnglishOptionsSchema.shape).join(", ")}`,
  });
}

/** A page by its exact name. Whether a search times out depends on seed, question, index of the call and query alone. */
function searchOf({ worldSeed, timeoutRate }: AtlasEnglishSettings, worldOf: (s: Split, i: number) => EnglishWorld) {
  return (state: EnglishState, name: string, call: number): { text: string; state: EnglishState } => {
    const { split, index } = state;
    const draw = derivedSeed(worldSeed, "english-timeout", split, index, call, name) / 2 ** 48;
    if (draw < timeoutRate) return { text: TIMED_OUT, state };
    const page = worldOf(split, index).get(name);
    return page === undefined ? { text: NOTHING, state } : { text: page.text, state: { ...state, page: name } };
  };
}

const KEPT_WORLDS = 256;

/** Worlds are pure: keeping the last ones saves making them again at every call. */
function lastWorlds(settings: AtlasEnglishSettings): (split: Split, index: number) => EnglishWorld {
  const kept = new Map<string, EnglishWorld>();
  return (split, index) => {
    const key = `${split}/${index}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = makeEnglishWorld(settings, split, index);
    kept.set(key, made);
    const oldest = kept.keys().next();
    if (kept.size > KEPT_WORLDS && oldest.done !== true) kept.delete(oldest.value);
    return made;
  };
}
