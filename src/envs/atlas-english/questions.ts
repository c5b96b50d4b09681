/**
 * Questions of atlas in English: a walk over facts, from page to page and never to one twice, asked from its end. A walk is
 * drawn again until the careful script answers within the limits, in spite of the time-outs.
 */
import { AepoError } from "../../std/errors.ts";
import { type RandomStream, randomStream } from "../../std/random.ts";
import type { QuestionDraft } from "../definition.ts";
import type { Split } from "../task.ts";
import type { AtlasEnglishSettings } from "./options.ts";
import { about, type Relation } from "./relations.ts";
import type { EnglishWorld } from "./world.ts";

/** What a question is about. */
export interface EnglishData {
  readonly split: Split;
  readonly index: number;
  /** Name of the page it starts from. */
  readonly start: string;
  /** Names of the relations to follow. */
  readonly relations: readonly string[];
}

export type EnglishDraft = QuestionDraft<EnglishData> & { readonly id: string };

const ATTEMPTS = 200;

/** Throws AepoError("config") if no question fits the limits. */
export function englishQuestions(
  settings: AtlasEnglishSettings,
  worldOf: (split: Split, index: number) => EnglishWorld,
  canBeAnswered: (draft: EnglishDraft) => boolean,
) {
  return (split: Split, index: number): EnglishDraft => {
    const random = randomStream(settings.worldSeed, "english-question", split, index);
    const world = worldOf(split, index);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const walk = drawWalk(settings, world, random);
      if (walk === null) continue;
      const { start, steps, answer } = walk;
      const draft = {
        id: `${split}/${index}`,
        prompt: `Question: ${ask(start, steps, random)}\n`,
        answers: answer,
        data: { split, index, start, relations: steps.map(({ name }) => name) },
      };
      if (canBeAnswered(draft)) return draft;
    }
    throw new AepoError(
      "config",
      `atlas-english: ${ATTEMPTS} questions in a row cannot be answered within the limits`,
      {
        exists: `${settings.calls} calls, ${settings.tokens} tokens, time-out rate ${settings.timeoutRate}`,
        fix: "raise task.calls, or lower task.timeoutRate or the hops",
      },
    );
  };
}

interface Walk {
  readonly start: string;
  readonly steps: readonly Relation[];
  readonly answer: string;
}

function drawWalk(settings: AtlasEnglishSettings, world: EnglishWorld, random: RandomStream): Walk | null {
  const hops = drawHops(settings.hops, random);
  const start = random.pick([...world.keys()]);
  const seen = new Set([start]);
  const steps: Relation[] = [];
  let at = start;
  for (let hop = 1; hop <= hops; hop++) {
    const facts = world.get(at)?.facts.filter(({ isName }) => hop === hops || isName) ?? [];
    const { relation, value } = random.pick(facts);
    steps.push(relation);
    if (seen.has(value)) return null;
    seen.add(value);
    at = value;
  }
  return { start, steps, answer: at };
}

function drawHops(weights: readonly number[], random: RandomStream): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const hops = weights.findIndex((weight) => (left -= weight) < 0);
  // Rounding may leave a crumb: the last number of hops that has a weight.
  return (hops < 0 ? weights.findLastIndex((weight) => weight > 0) : hops) + 1;
}

/** "Where was the founder of the employer of X born?" */
function ask(start: string, steps: readonly Relation[], random: RandomStream): string {
  const last = steps.at(-1) as Relation;
  const subject = steps.slice(0, -1).reduce((phrase, { phrases }) => about(random.pick(phrases), phrase), start);
  return about(random.pick(last.questions), subject);
}
