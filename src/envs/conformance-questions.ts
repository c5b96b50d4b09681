/** Conformance of questions and probes: pure, disjoint splits, within the vocabulary, a probe goes on from its prompt. */
import { randomStream } from "../std/random.ts";
import type { AnyTask, Question, Split } from "./task.ts";
import { wordsOf } from "./words.ts";

const splits: readonly Split[] = ["train", "test"];

/** Faults of the first `count` questions of each split. */
export function sampleFaults(task: AnyTask, count: number): string[] {
  const samples = splits.map((split) => Array.from({ length: count }, (_, index) => task.question(split, index)));
  return [...purityFaults(task, samples), ...splitFaults(samples), ...wordFaults(task, samples.flat())];
}

/** Asked again, in reverse order, so that caches and counters show. */
function purityFaults(task: AnyTask, samples: readonly (readonly Question[])[]): string[] {
  return splits.flatMap((split, s) =>
    (samples[s] ?? [])
      .map((question, index) => ({ question, index }))
      .reverse()
      .filter(({ question, index }) => JSON.stringify(task.question(split, index)) !== JSON.stringify(question))
      .map(({ index }) => `${split}/${index}: question() gives another question the second time`),
  );
}

function splitFaults([train = [], test = []]: readonly (readonly Question[])[]): string[] {
  const ids = new Set(train.map((question) => question.id));
  const prompts = new Set(train.map((question) => question.prompt));
  return test
    .filter((question) => ids.has(question.id) || prompts.has(question.prompt))
    .map((question) => `${question.id}: a test question is in train too: ${question.prompt}`);
}

function wordFaults(task: AnyTask, questions: readonly Question[]): string[] {
  return questions.flatMap(({ id, prompt, answers }) => unknownWords(task, id, [prompt, ...answers]));
}

function unknownWords(task: AnyTask, id: string, texts: readonly string[]): string[] {
  if (task.vocabulary === undefined) return [];
  const known = new Set(task.vocabulary);
  const words = texts.flatMap(wordsOf).filter((word) => !known.has(word));
  return words.map((word) => `${id}: ${JSON.stringify(word)} is not in the vocabulary`);
}

/** Faults of the probes of the first `count` held-out questions. */
export function probeFaults(task: AnyTask, count: number, seed: number): string[] {
  return Array.from({ length: task.probes === undefined ? 0 : count }, (_, index) => index).flatMap((index) => {
    const question = task.question("test", index);
    const probes = task.probes?.(question, randomStream(seed, "probes", index)) ?? [];
    return probes.flatMap(({ prefix, expected }) => [
      ...unknownWords(task, question.id, [prefix, expected]),
      ...(prefix.startsWith(question.prompt) ? [] : [`${question.id}: a probe does not begin with the prompt`]),
      ...(expected.trim() === "" ? [`${question.id}: a probe expects nothing`] : []),
    ]);
  });
}
