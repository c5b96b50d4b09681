/**
 * Questions of atlas: a walk over facts from an entity, never through a page twice. A question is drawn again until the
 * careful script answers it within the limits and in spite of its time-outs, so that every question can be answered.
 */
import { AepoError } from "../../std/errors.ts";
import { type RandomStream, randomStream } from "../../std/random.ts";
import type { QuestionDraft } from "../definition.ts";
import type { Split } from "../task.ts";
import { type AtlasSettings, carefulAtlas } from "./options.ts";
import { type AtlasData, runScript } from "./script.ts";
import type { Web } from "./web.ts";
import type { Entity, World } from "./world.ts";
import type { Worlds } from "./worlds.ts";

const attempts = 200;

/** The question source of a world family: pure in split and index. Throws AepoError("config") if no question fits the limits. */
export function atlasQuestions(settings: AtlasSettings, worlds: Worlds, web: Web) {
  return (split: Split, index: number): QuestionDraft<AtlasData> & { readonly id: string } => {
    const world = split === "train" ? Math.floor(index / settings.questionsPerWorld) : index % settings.testWorlds;
    const random = randomStream(settings.worldSeed, "question", split, index);
    const id = `${split}/${index}`;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const walk = drawWalk(settings, worlds(split, world), random);
      if (walk === null) continue;
      const draft = {
        id,
        prompt: promptOf(worlds(split, world), walk),
        answers: [walk.answer],
        data: dataOf(world, walk),
      };
      const state = { split, world, question: id, page: null };
      const careful = runScript(web, settings, carefulAtlas, draft, state, random);
      if (careful.parts.at(-1)?.text.endsWith(`; done </think> <answer> ${walk.answer} </answer>`)) return draft;
    }
    throw new AepoError("config", `atlas: ${attempts} questions in a row cannot be answered within the limits`, {
      exists: `${settings.calls} calls, ${settings.tokens} tokens, time-out rate ${settings.timeoutRate}`,
      fix: "raise atlas.calls and atlas.tokens, or lower atlas.timeoutRate or the hops",
    });
  };
}

interface Walk {
  readonly start: number;
  readonly relations: readonly string[];
  readonly answer: string;
}

/** A walk of as many hops as drawn; null if it comes to a page it has seen. */
function drawWalk(settings: AtlasSettings, world: World, random: RandomStream): Walk | null {
  const hops = drawHops(settings.hops, random);
  const start = random.integer(world.entities.length);
  const seen = new Set([start]);
  const relations: string[] = [];
  let at = start;
  for (let hop = 1; hop <= hops; hop++) {
    const facts = (world.entities[at]?.facts ?? []).filter((fact) => hop === hops || fact.target !== null);
    const { relation, value, target } = random.pick(facts);
    relations.push(relation);
    if (target !== null && seen.has(target)) return null;
    if (hop === hops) return { start, relations, answer: value };
    at = target as number;
    seen.add(at);
  }
  return null;
}

function drawHops(weights: readonly number[], random: RandomStream): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index + 1;
  }
  // Rounding may leave a crumb: the last hop count of positive weight.
  return weights.findLastIndex((weight) => weight > 0) + 1;
}

function dataOf(world: number, { start, relations }: Walk): AtlasData {
  return { world, start, relations };
}

/** `<q> [the PROFESSION] A B 's R1 's R2 ? </q>` */
function promptOf(world: World, { start, relations }: Walk): string {
  const { name, profession } = world.entities[start] as Entity;
  const who = profession === null ? name : `the ${profession} ${name}`;
  return `<q> ${who} ${relations.map((relation) => `'s ${relation}`).join(" ")} ? </q>`;
}
