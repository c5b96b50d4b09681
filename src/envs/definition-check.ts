/** What makes a task definition contradictory, one small check a field. Pure; the first fault is thrown. */
import { AepoError, type ErrorDetails } from "../std/errors.ts";
import { plainText } from "../policy/text-parts.ts";
import type { TaskDefinition } from "./definition.ts";
import { reservedTags } from "./dialects/tags.ts";
import type { Dialect } from "./task.ts";
import { wordsOf } from "./words.ts";

/** An error of a task's definition. */
export function taskError(task: string, what: string, details: ErrorDetails = {}): AepoError {
  return new AepoError("config", `task ${task}: ${what}`, details);
}

type AnyDefinition = Pick<
  // oxlint-disable-next-line typescript/no-explicit-any -- only the shape is checked, never the task's own data and state.
  TaskDefinition<any, any>,
  | "name"
  | "tools"
  | "question"
  | "questions"
  | "limits"
  | "entropyWindow"
  | "vocabulary"
  | "accuracy"
  | "reward"
  | "multiToolBonus"
>;

/** Throws AepoError("config") at the first contradiction. */
export function checkDefinition(definition: AnyDefinition, dialect: Dialect): void {
  checkName(definition);
  checkTools(definition);
  checkQuestions(definition);
  checkReward(definition);
  checkLimits(definition);
  checkVocabulary(definition, dialect);
}

function checkName({ name }: AnyDefinition): void {
  if (/^[a-z][a-z0-9-]*$/.test(name)) return;
  throw new AepoError("config", `a task cannot be named ${JSON.stringify(name)}`, {
    expected: "lower-case letters, digits and dashes, a letter first",
  });
}

function checkTools({ name: task, tools }: AnyDefinition): void {
  if (tools.length === 0)
    throw taskError(task, "it has no tools", { expected: "at least one", fix: "add one with tool({ … })" });
  const seen = new Set<string>();
  for (const { name } of tools) {
    if (!/^[a-z0-9_]+$/.test(name)) {
      throw taskError(task, `a tool cannot be named ${JSON.stringify(name)}`, {
        expected: "lower-case letters, digits and _: the name is the tag of the call",
      });
    }
    if (reservedTags.includes(name)) {
      throw taskError(task, `a tool cannot be named ${name}`, {
        expected: `none of the dialect's own tags (${reservedTags.join(", ")})`,
      });
    }
    if (seen.has(name)) throw taskError(task, `two tools are named ${name}`, { expected: "one tool a name" });
    seen.add(name);
  }
}

function checkQuestions({ name: task, question, questions }: AnyDefinition): void {
  if ((question === undefined) === (questions === undefined)) {
    throw taskError(task, question === undefined ? "it has no questions" : "it has both `question` and `questions`", {
      expected: "either question(split, index), a pure function, or questions: { train, test }, two lists",
    });
  }
  if (questions === undefined) return;
  for (const split of ["train", "test"] as const) {
    if (questions[split].length === 0) throw taskError(task, `its list of ${split} questions is empty`);
  }
  const train = new Set(questions.train.map((draft) => draft.prompt));
  const both = questions.test.find((draft) => train.has(draft.prompt));
  if (both !== undefined) {
    throw taskError(task, `a question is in train and in test: ${JSON.stringify(both.prompt)}`, {
      expected: "splits that share nothing",
    });
  }
}

function checkReward({ name: task, tools, accuracy, reward, multiToolBonus }: AnyDefinition): void {
  if (reward !== undefined && accuracy !== undefined) {
    throw taskError(task, "it has both `reward` and `accuracy`", {
      expected: "accuracy(answer, question), a part of the paper's reward, or reward(question, transcript), all of it",
    });
  }
  if (multiToolBonus === undefined) return;
  if (reward !== undefined) {
    throw taskError(task, "`multiToolBonus` has no effect beside a `reward` of its own", {
      fix: "leave one of them out",
    });
  }
  if (!Number.isFinite(multiToolBonus) || multiToolBonus < 0) {
    throw taskError(task, `multiToolBonus is ${multiToolBonus}`, { expected: "a number ≥ 0; the paper's is 0.1" });
  }
  if (multiToolBonus > 0 && tools.length < 2) {
    throw taskError(task, "`multiToolBonus` can never be earned with one tool", { fix: "leave it out" });
  }
}

function checkLimits({ name: task, limits, entropyWindow }: AnyDefinition): void {
  const fields: readonly [string, number | undefined, number][] = [
    ["limits.turns", limits?.turns, 1],
    ["limits.calls", limits?.calls, 1],
    ["limits.tokens", limits?.tokens, 2],
    ["entropyWindow.tokens", entropyWindow?.tokens, 1],
    ["entropyWindow.skip", entropyWindow?.skip, 0],
  ];
  for (const [field, value, least] of fields) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    throw taskError(task, `${field} is ${value}`, { expected: `a whole number ≥ ${least}` });
  }
}

function checkVocabulary({ name: task, tools, vocabulary }: AnyDefinition, dialect: Dialect): void {
  if (vocabulary === undefined) return;
  if (vocabulary[0] !== "<pad>") {
    throw taskError(task, `the first word of its vocabulary is ${JSON.stringify(vocabulary[0] ?? "")}`, {
      expected: "<pad>, the token of id 0",
    });
  }
  const known = new Set<string>();
  for (const [id, word] of vocabulary.entries()) {
    if (word === "" || wordsOf(word)[0] !== word) {
      throw taskError(task, `word ${id} of its vocabulary is ${JSON.stringify(word)}`, {
        expected: "a text without white space, at least one character long",
      });
    }
    if (known.has(word)) throw taskError(task, `its vocabulary has ${JSON.stringify(word)} twice`);
    known.add(word);
  }
  const missing = [...dialect.stops(tools), plainText(dialect.result(""))]
    .flatMap(wordsOf)
    .filter((word) => !known.has(word));
  if (missing.length > 0) {
    throw taskError(task, `its vocabulary lacks words of the dialect: ${[...new Set(missing)].join(" ")}`, {
      fix: "add ...tagWords(tools)",
    });
  }
}
