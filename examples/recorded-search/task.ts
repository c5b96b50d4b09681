/**
 * Real questions, real search results, no network: questions of the papers' training and test sets whose answer recorded searches
 * can give, with one search tool over those records. `options`: the recorded searches, the question files, a folder to work in.
 */
import { join } from "node:path";
import { defineTask, lineTagDialect, openQuestions, openSearchTool, type Task } from "aepo";
import { z } from "zod";
import { type Answerable, answerable, searchOf } from "./answerable.ts";
import { writeCorpus } from "./corpus.ts";
import { demonstration } from "./demonstration.ts";

const optionsSchema = z.strictObject({
  recorded: z.string(),
  questions: z.array(z.string()).min(1),
  folder: z.string(),
});

export async function task(
  options: object,
  { signal, seed }: { signal: AbortSignal; seed: number },
): Promise<{ task: Task<Answerable>; close: () => Promise<void> }> {
  const { recorded, questions, folder } = optionsSchema.parse(options);
  const corpus = join(folder, "results.jsonl");
  writeCorpus(recorded, corpus);
  const found = { provider: "index" as const, corpus, results: 3, snippetLength: 220 };
  const { tools, close } = await openSearchTool(found, { signal });
  const [tool] = tools;
  if (tool === undefined) throw new Error("no search tool");
  const search = searchOf(tool, signal);
  const data = await openQuestions(
    { train: questions.map((file) => ({ file })), split: { share: 0.35 }, onBadRow: "skip" },
    { seed, signal },
  );
  const lists = {
    train: await answerable(data.train.questions, search),
    test: await answerable(data.test.questions, search),
  };
  return {
    close,
    task: defineTask<Answerable>({
      name: "recorded-search",
      description: `${lists.train.length} questions to train on, ${lists.test.length} to test on.`,
      tools: [tool],
      dialect: lineTagDialect,
      questions: { train: lists.train.map(draftOf), test: lists.test.map(draftOf) },
      limits: { calls: 3, tokens: 900 },
      entropyWindow: { tokens: 12, skip: 3 },
      demonstrate: (question, random) => demonstration(question.data, random),
    }),
  };
}

function draftOf(data: Answerable) {
  const { id, prompt, answers } = data.question;
  return { id, prompt: `Question: ${prompt.trim()}\n`, answers, data };
}
