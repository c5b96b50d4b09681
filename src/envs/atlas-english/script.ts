/**
 * The scripted agent of atlas in English. With every habit at 1 it is careful and answers right; below, it is careless: it
 * answers with the value of a hop on the way, reads another sentence of the page, gives up after a time-out. Every turn is valid.
 */
import type { Text } from "../../policy/text-parts.ts";
import type { RandomStream } from "../../std/random.ts";
import { demonstrated } from "../demonstration-part.ts";
import type { Demonstration } from "../task.ts";
import type { EnglishHabits } from "./options.ts";
import type { EnglishDraft } from "./questions.ts";
import { sentence } from "./relations.ts";
import type { Fact, Page } from "./world.ts";

export interface Desk {
  /** The result of the call-th search, as text, and its page; null where there is none. */
  search(name: string, call: number): { readonly text: string; readonly page: Page | null; readonly timedOut: boolean };
  /** As the policy writes a search and an answer, behind a thought, and as a result is inserted. */
  writeSearch(name: string, thought: string): Text;
  writeAnswer(text: string, thought: string): Text;
  result(text: string): Text;
  readonly calls: number;
}

export function runEnglishScript(
  desk: Desk,
  habits: EnglishHabits,
  { data }: EnglishDraft,
  random: RandomStream,
): Demonstration {
  const parts: Demonstration["parts"][number][] = [];
  let calls = 0;
  const answer = (thought: string, text: string): Demonstration => {
    parts.push(demonstrated("policy", desk.writeAnswer(text, `<think> ${thought} </think>`)));
    return { parts };
  };
  const search = (thought: string, name: string): ReturnType<Desk["search"]> => {
    parts.push(demonstrated("policy", desk.writeSearch(name, `<think> ${thought} </think>`)));
    const found = desk.search(name, calls++);
    parts.push(demonstrated("tool", desk.result(found.text)));
    return found;
  };
  let subject = data?.start ?? "";
  let thought = `I look up ${subject}.`;
  const names = data?.relations ?? [];
  for (const [hop, relation] of names.entries()) {
    let found = search(thought, subject);
    while (found.timedOut && calls < desk.calls && random.uniform() < habits.retry) {
      found = search("The search timed out. I try again.", subject);
    }
    if (found.page === null) return answer(`The search timed out. I say ${subject}.`, subject);
    const isLast = hop === names.length - 1;
    const fact = readFact(found.page, relation, habits, random);
    const said = sentence(fact.relation.sentences[0] ?? "", subject, fact.value);
    const goesOn = !isLast && fact.isName && calls < desk.calls && random.uniform() < habits.goOn;
    if (!goesOn) return answer(`${said} That is the answer.`, fact.value);
    thought = `${said} Next I look up ${fact.value}.`;
    subject = fact.value;
  }
  return answer(`I say ${subject}.`, subject);
}

/** The fact asked for, or another: by carelessness, or because the page is a wrong one and has none of that kind. */
function readFact({ facts }: Page, relation: string, habits: EnglishHabits, random: RandomStream): Fact {
  const right = facts.find((fact) => fact.relation.name === relation);
  if (right !== undefined && random.uniform() < habits.read) return right;
  const others = facts.filter((fact) => fact !== right);
  const names = others.filter(({ isName }) => isName);
  return random.pick(names.length > 0 ? names : others);
}
