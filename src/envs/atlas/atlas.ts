/**
 * Atlas, the built-in task: chain questions about a small linked web, answered with `search` and `open`. Pages have parts,
 * names may be ambiguous, calls may time out: three places where a policy is unsure after a result. See `atlasOptionsSchema`.
 */
import { z } from "zod";
import { tool } from "../../tools/tool.ts";
import { defineTask } from "../define.ts";
import { tagDialect } from "../dialects/tags.ts";
import type { Task } from "../task.ts";
import { type AtlasOptions, atlasSettings } from "./options.ts";
import { copyProbes } from "./probes.ts";
import { atlasQuestions } from "./questions.ts";
import { type AtlasData, runScript } from "./script.ts";
import { type AtlasState, makeWeb, type Web } from "./web.ts";
import { atlasVocabulary } from "./words.ts";
import { cachedWorlds } from "./worlds.ts";

export { type AtlasOptions, atlasOptionsSchema, carefulAtlas } from "./options.ts";

/** The task for the given options. Throws AepoError("config") for options that are unknown or do not fit together. */
export function atlasTask(options: AtlasOptions = {}): Task<AtlasData, AtlasState> {
  const settings = atlasSettings(options);
  const worlds = cachedWorlds(settings);
  const web = makeWeb(settings, worlds);
  const initial = (question: { readonly id: string; readonly data: AtlasData }): AtlasState => ({
    split: question.id.startsWith("test/") ? "test" : "train",
    world: question.data.world,
    question: question.id,
    page: null,
  });
  const demonstrate: NonNullable<Task<AtlasData>["demonstrate"]> = (question, random) =>
    runScript(web, settings, settings.demonstrations, question, initial(question), random);
  return defineTask<AtlasData, AtlasState>({
    name: "atlas",
    description: "Chain questions about a small linked web, with pages in parts, ambiguous names and time-outs.",
    tools: atlasTools(web),
    dialect: tagDialect,
    vocabulary: atlasVocabulary,
    question: atlasQuestions(settings, worlds, web),
    environment: { initial, fork: (state) => state, replayable: true },
    limits: { calls: settings.calls, turns: settings.calls + 1, tokens: settings.tokens },
    entropyWindow: { tokens: 6 },
    multiToolBonus: settings.multiToolBonus,
    demonstrate,
    probes: (question, random) => copyProbes(question.prompt, demonstrate(question, random)),
    stateKey: (question, { page }) => `${question.id}:${page === null ? "start" : `${page.entity}/${page.part}`}`,
  });
}

function atlasTools(web: Web) {
  return [
    tool<string, AtlasState>({
      name: "search",
      description: "A B or A B PROFESSION: the first part of the page of that name",
      input: z.string(),
      execute: (query, { state, call }) => web.search(state, query, call),
    }),
    tool<string, AtlasState>({
      name: "open",
      description: "more: the next part of the last page",
      input: z.string(),
      execute: (input, { state, call }) => web.open(state, input, call),
    }),
  ];
}
