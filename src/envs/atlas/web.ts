/**
 * The two tools' behaviour, as pure steps from a state to a state. The state is a small plain value (AEPO-R8: a fork is
 * the same value), and whether a call times out depends on seed, question, index of the call and query alone, so every
 * method meets the same time-outs in evaluation.
 */
import { derivedSeed } from "../../std/random.ts";
import type { Split } from "../task.ts";
import { wordsOf } from "../words.ts";
import type { AtlasSettings } from "./options.ts";
import { nothingFound, timedOut } from "./words.ts";
import type { Entity, Fact } from "./world.ts";
import type { Worlds } from "./worlds.ts";

/** Part `part` (from 0) of the page of an entity. */
export interface PageView {
  readonly entity: number;
  readonly part: number;
}

export interface AtlasState {
  readonly split: Split;
  readonly world: number;
  /** Id of the question. */
  readonly question: string;
  /** The last page shown. */
  readonly page: PageView | null;
}

export interface Outcome {
  readonly kind: "page" | "nothing" | "timeout";
  readonly text: string;
  readonly state: AtlasState;
}

/** A call: input as the policy wrote it, index of the call on its path. Never throws, whatever the input. */
export type WebStep = (state: AtlasState, input: string, call: number) => Outcome;

export interface Web {
  /** `A B [PROFESSION]`: the first part of a page. Without profession the first of several namesakes. */
  readonly search: WebStep;
  /** `more`: the next part of the last page. */
  readonly open: WebStep;
  /** Entity and facts of a page part, and whether it is the page's last. */
  look(state: AtlasState, page: PageView): { entity: Entity; facts: readonly Fact[]; last: boolean };
}

/** The web of the given worlds. */
export function makeWeb(settings: AtlasSettings, worlds: Worlds): Web {
  const { factsPerPart, timeoutRate, worldSeed } = settings;
  const look: Web["look"] = (state, { entity: index, part }) => {
    const entity = worlds(state.split, state.world).entities[index] as Entity;
    const end = (part + 1) * factsPerPart;
    return { entity, facts: entity.facts.slice(part * factsPerPart, end), last: end >= entity.facts.length };
  };
  const show = (state: AtlasState, page: PageView): Outcome => {
    const { entity, facts, last } = look(state, page);
    const head = entity.profession === null ? entity.name : `${entity.name} ${entity.profession}`;
    const text = [`${head} :`, ...facts.map((fact) => `${fact.relation} ${fact.value}`), last ? "end" : "more"].join(
      " ",
    );
    return { kind: "page", text, state: { ...state, page } };
  };
  const nothing = (state: AtlasState): Outcome => ({ kind: "nothing", text: nothingFound, state });
  const guarded =
    (name: string, step: (state: AtlasState, input: string) => Outcome): WebStep =>
    (state, input, call) => {
      const words = wordsOf(input).join(" ");
      const draw = derivedSeed(worldSeed, "timeout", state.question, call, name, words) / 2 ** 48;
      return draw < timeoutRate ? { kind: "timeout", text: timedOut, state } : step(state, words);
    };
  return {
    search: guarded("search", (state, input) => {
      const entity = findEntity(worlds, state, input);
      return entity === undefined ? nothing(state) : show(state, { entity, part: 0 });
    }),
    open: guarded("open", (state, input) => {
      if (input !== "more" || state.page === null || look(state, state.page).last) return nothing(state);
      return show(state, { entity: state.page.entity, part: state.page.part + 1 });
    }),
    look,
  };
}

function findEntity(worlds: Worlds, state: AtlasState, query: string): number | undefined {
  const world = worlds(state.split, state.world);
  const [first, second, profession, ...rest] = query.split(" ");
  const namesakes = world.byName.get(`${first} ${second}`) ?? [];
  if (rest.length > 0) return undefined;
  return profession === undefined
    ? namesakes[0]
    : namesakes.find((entity) => world.entities[entity]?.profession === profession);
}
