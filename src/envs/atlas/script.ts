/**
 * The scripted agent of atlas. With every probability at 1 it is careful and answers right; below, it is careless: where
 * it misses a fact it takes another value of the page for it, and where it has no page it gives up with the name it was
 * looking up. Either way every turn is valid and no limit is passed.
 */
import type { RandomStream } from "../../std/random.ts";
import type { Demonstration, Question } from "../task.ts";
import { wordsOf } from "../words.ts";
import type { AtlasSettings } from "./options.ts";
import type { AtlasState, Outcome, Web } from "./web.ts";
import type { Fact } from "./world.ts";

/** What a question is about; small and plain. */
export interface AtlasData {
  readonly world: number;
  /** Index of the entity asked about. */
  readonly start: number;
  readonly relations: readonly string[];
}

/** How often the scripted agent does what is useful, 0 … 1 each. */
export type Habits = AtlasSettings["demonstrations"];

/** Runs the script on a question from its first state. */
export function runScript(
  web: Web,
  settings: AtlasSettings,
  habits: Habits,
  question: Question<AtlasData>,
  state: AtlasState,
  random: RandomStream,
): Demonstration {
  const desk = openDesk(web, settings, question.prompt, state);
  const chance = (probability: number): boolean => random.uniform() < probability;
  const { start, relations } = question.data;
  const { entity } = web.look(state, { entity: start, part: 0 });
  let subject = entity.name;
  let thought = `find ${relations[0]}`;
  for (const [hop, relation] of relations.entries()) {
    const profession = hop === 0 ? entity.profession : null;
    if (!lookUp(desk, habits, chance, { thought, relation, subject, profession })) {
      return desk.answer(`${relation} missing ; done`, subject);
    }
    const next = relations[hop + 1];
    const value =
      readFact(desk, web, habits, chance, relation) ?? guess(desk, web, relation, next !== undefined, random);
    if (next === undefined || !desk.mayCall()) return desk.answer(`${relation} is ${value} ; done`, value);
    thought = `${relation} is ${value} ; find ${next}`;
    subject = value;
  }
  return desk.answer("done", subject);
}

type Chance = (probability: number) => boolean;

interface LookUp {
  readonly thought: string;
  readonly relation: string;
  readonly subject: string;
  /** Of the entity asked about, where its name is ambiguous. */
  readonly profession: string | null;
}

/** Brings up the page of a subject; false if there is none in the end. */
function lookUp(
  desk: Desk,
  habits: Habits,
  chance: Chance,
  { thought, relation, subject, profession }: LookUp,
): boolean {
  const search = (first: string, query: string): Outcome => {
    let outcome = desk.call(first, "search", query);
    while (outcome.kind === "timeout" && chance(habits.retry) && desk.mayCall()) {
      outcome = desk.call(`find ${relation}`, "search", query);
    }
    return outcome;
  };
  if (profession === null) return search(thought, subject).kind === "page";
  const qualified = `${subject} ${profession}`;
  if (chance(habits.qualify)) return search(thought, qualified).kind === "page";
  if (search(thought, subject).kind !== "page") return false;
  if (desk.profession() === profession || !chance(habits.notice) || !desk.mayCall()) return true;
  return search(`wrong ; find ${relation}`, qualified).kind === "page";
}

/** The value of a relation on the page shown, opening further parts; null if it was missed or misread. */
function readFact(desk: Desk, web: Web, habits: Habits, chance: Chance, relation: string): string | null {
  for (let page = desk.page(); page !== null; page = desk.page()) {
    const { facts, last } = web.look(desk.state(), page);
    const fact = facts.find((one) => one.relation === relation);
    if (fact !== undefined) return chance(habits.read) ? fact.value : null;
    if (last || !chance(habits.open) || !desk.mayCall()) return null;
    let outcome = desk.call(`${relation} missing`, "open", "more");
    while (outcome.kind === "timeout" && chance(habits.retry) && desk.mayCall()) {
      outcome = desk.call(`${relation} missing`, "open", "more");
    }
    if (outcome.kind !== "page") return null;
  }
  return null;
}

/** Another value of the parts seen, a name if it is to be looked up. */
function guess(desk: Desk, web: Web, relation: string, lookedUp: boolean, random: RandomStream): string {
  const page = desk.page();
  const seen: Fact[] = [];
  for (let part = 0; page !== null && part <= page.part; part++) {
    seen.push(...web.look(desk.state(), { entity: page.entity, part }).facts);
  }
  const others = seen.filter((fact) => fact.relation !== relation);
  const names = others.filter((fact) => fact.target !== null);
  const from = [lookedUp ? names : [], others, seen].find((list) => list.length > 0) ?? [];
  return random.pick(from).value;
}

/** Where a run is written down: calls the tools, counts words and calls. */
interface Desk {
  call(thought: string, tool: "search" | "open", input: string): Outcome;
  answer(thought: string, text: string): Demonstration;
  /** True if another call, its result and an answer fit the limits, however long they turn out. */
  mayCall(): boolean;
  state(): AtlasState;
  page(): AtlasState["page"];
  /** Of the page shown. */
  profession(): string | null;
}

// `<think> R is V V ; find R </think> <search> A B P </search>` and `<think> R is V V ; done </think> <answer> V V </answer>`.
const longestCall = 14;
const longestAnswer = 12;

function openDesk(web: Web, settings: AtlasSettings, prompt: string, initial: AtlasState): Desk {
  // `<result> A B P : … more </result>`, three words a fact.
  const longestResult = 7 + 3 * settings.factsPerPart;
  const reserve = longestCall + longestResult + longestAnswer;
  const parts: Demonstration["parts"][number][] = [];
  let state = initial;
  let words = wordsOf(prompt).length;
  let calls = 0;
  const write = (by: "policy" | "tool", text: string): void => {
    parts.push({ by, text });
    words += wordsOf(text).length;
  };
  return {
    call(thought, tool, input) {
      write("policy", `<think> ${thought} </think> <${tool}> ${input} </${tool}>`);
      const outcome = web[tool](state, input, calls++);
      write("tool", `<result> ${outcome.text} </result>`);
      state = outcome.state;
      return outcome;
    },
    answer(thought, text) {
      write("policy", `<think> ${thought} </think> <answer> ${text} </answer>`);
      return { parts };
    },
    mayCall: () => calls < settings.calls && words + reserve <= settings.tokens,
    state: () => state,
    page: () => state.page,
    profession: () => (state.page === null ? null : web.look(state, state.page).entity.profession),
  };
}
