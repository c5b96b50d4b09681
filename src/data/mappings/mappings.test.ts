import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DataQuestion } from "../question-set.ts";
import { openQuestions } from "../open-questions.ts";
import { useDataFolder } from "../testing/data-files.ts";
import { MAPPING_NAMES, MAPPINGS } from "./list.ts";

const folder = useDataFolder();

async function first(name: string, row: unknown, mapping?: string): Promise<DataQuestion> {
  const text = typeof row === "string" ? row : JSON.stringify(row);
  const file = folder.write(name, text);
  const { train } = await openQuestions(
    { train: [{ file, ...(mapping === undefined ? {} : { mapping }) }], shuffle: false },
    { seed: 1 },
  );
  return train.at(0);
}

/** What a cipher that is its own inverse makes of a text. */
function enciphered(text: string, key: string): string {
  const keyBytes = Buffer.from(key);
  const bytes = Buffer.from(text).map((byte, i) => byte ^ (keyBytes[i % keyBytes.length] ?? 0));
  return Buffer.from(bytes).toString("base64");
}

const canary = "benchmark-canary-é";

/** Rows with the columns of the public files, and of the papers' copies of them; texts are made up. */
const ROWS: readonly (readonly [what: string, file: string, row: unknown, question: Partial<DataQuestion>])[] = [
  [
    "verl",
    "train.jsonl",
    {
      data_source: "DR_grpo_mix",
      prompt: [
        { content: "Be brief: \boxed{x}.", role: "system" },
        { content: "2 + 2?", role: "user" },
      ],
      ability: "math",
      reward_model: { ground_truth: "\frac{8}{2}", style: "rule" },
      extra_info: { index: 7, question: "2 + 2?", split: "train" },
      metadata: null,
    },
    {
      id: "DR_grpo_mix/7",
      prompt: "2 + 2?",
      system: "Be brief: \\boxed{x}.",
      answers: ["\\frac{8}{2}"],
      kind: "math",
      data: { dataSource: "DR_grpo_mix", ability: "math" },
    },
  ],
  [
    "gaia, as published",
    "metadata.jsonl",
    {
      task_id: "c61d",
      Question: "Who?",
      Level: 2,
      "Final answer": "egalitarian",
      file_name: "",
      "Annotator Metadata": { Steps: "1. Look" },
    },
    { id: "gaia/c61d", prompt: "Who?", answers: ["egalitarian"], level: "2", kind: "qa", data: { file: "" } },
  ],
  [
    "gaia, the papers' copy",
    "test.jsonl",
    { id: 0, task_id: "c61d", Question: "Who?", answer: "17", Level: 1, Annotator_Metadata: { Steps: "1" } },
    { id: "gaia/c61d", prompt: "Who?", answers: ["17"], level: "1" },
  ],
  [
    "hle: multiple choice",
    "top.jsonl",
    {
      id: "668",
      question: "Which one?\n\nAnswer Choices:\nA. Red\nB. Blue, or\nnearly so\nC. Green",
      answer: "B",
      answer_type: "multipleChoice",
      author_name: "N",
      rationale: "…",
      raw_subject: "Art",
      category: "Humanities/Social Science",
      canary: "BENCHMARK DATA",
      has_image: false,
    },
    {
      id: "hle/668",
      answers: ["B"],
      kind: "multiple-choice",
      choices: ["Red", "Blue, or\nnearly so", "Green"],
      level: "Humanities/Social Science",
      data: {
        answerType: "multipleChoice",
        category: "Humanities/Social Science",
        subject: "Art",
        hasImage: false,
      },
    },
  ],
  [
    "hle: exact",
    "test.jsonl",
    { id: "1", question: "How many?", answer: "3", answer_type: "exactMatch", raw_subject: "Math", category: "Math" },
    { id: "hle/1", answers: ["3"], kind: "qa" },
  ],
  [
    "webwalkerqa",
    "main.jsonl",
    {
      question: "When?",
      answer: "In May.",
      root_url: "https://a.example/",
      info: { domain: "conference", hop: "multi_source", difficulty_level: "medium", lang: "en", type: "multi_source" },
    },
    {
      prompt: "When?",
      answers: ["In May."],
      level: "medium",
      source: "webwalkerqa",
      data: {
        rootUrl: "https://a.example/",
        info: {
          domain: "conference",
          hop: "multi_source",
          difficulty_level: "medium",
          lang: "en",
          type: "multi_source",
        },
      },
    },
  ],
  [
    "webwalkerqa, the papers' copy",
    "webwalker.jsonl",
    { question: "何时?", answer: "五月" },
    { prompt: "何时?", source: "webwalkerqa" },
  ],
  [
    "xbench, as published",
    "DeepSearch.csv",
    `\uFEFFid,prompt,answer,reference_steps,canary\n9,${enciphered("谁是第一?", canary)},${enciphered("小明", canary)},${enciphered("1. 查", canary)},${canary}\n`,
    { id: "xbench-deepsearch/9", prompt: "谁是第一?", answers: ["小明"], kind: "qa", source: "xbench-deepsearch" },
  ],
  [
    "xbench, in the clear",
    "xbench.jsonl",
    { question: "谁?", answer: ["小明", "明"] },
    { answers: ["小明", "明"], source: "xbench-deepsearch" },
  ],
  [
    "frames",
    "test.tsv",
    '\tPrompt\tAnswer\twiki_link_1\treasoning_types\twiki_links\n0\t"If ""x""?"\tJane\thttps://en.wikipedia.org/wiki/A\tMultiple constraints\t[\'https://en.wikipedia.org/wiki/A\']\n',
    {
      prompt: 'If "x"?',
      answers: ["Jane"],
      kind: "qa",
      source: "frames",
      data: { reasoningTypes: "Multiple constraints", wikiLinks: "['https://en.wikipedia.org/wiki/A']" },
    },
  ],
  [
    "aime24",
    "aime24.jsonl",
    { id: 60, problem: "P?", solution: "…", answer: "204", url: "https://b.example", question: "P?" },
    { id: "aime24/60", prompt: "P?", answers: ["204"], kind: "math" },
  ],
  [
    "aime24, capitals",
    "AIME_2024.jsonl",
    { ID: "2024-I-1", Problem: "P?", Solution: "…", Answer: 204 },
    { id: "aime24/2024-I-1", answers: ["204"] },
  ],
  [
    "aime25",
    "aime2025.jsonl",
    { problem: "P?", answer: 70, id: "0" },
    { id: "aime25/0", answers: ["70"], kind: "math" },
  ],
  [
    "math500",
    "test.jsonl",
    { problem: "P?", solution: "…", answer: "p - q", subject: "Algebra", level: 3, unique_id: "test/algebra/1.json" },
    { id: "math500/test/algebra/1.json", answers: ["p - q"], level: "3", kind: "math", data: { type: "Algebra" } },
  ],
  [
    "math500, the papers' copy",
    "math500.jsonl",
    { question: "P?", answer: "[1,2]" },
    { answers: ["[1,2]"], kind: "math", source: "math500" },
  ],
  [
    "math",
    "train.jsonl",
    {
      problem: "P?",
      level: "Level 5",
      type: "Algebra",
      solution: "So $\\boxed{1}$, no: $\\boxed{\\frac{1}{\\{2\\}}}$.",
    },
    { answers: ["\\frac{1}{\\{2\\}}"], level: "Level 5", kind: "math", source: "math", data: { type: "Algebra" } },
  ],
  [
    "gsm8k",
    "gsm8k.jsonl",
    { question: "How many?", answer: "It costs #### no, <<2+2=4>>4.\n#### 1,234", idx: 0 },
    { id: "gsm8k/0", answers: ["1,234"], kind: "math" },
  ],
  [
    "hotpotqa, as published",
    "dev.jsonl",
    {
      id: "5a8b",
      question: "Both?",
      answer: "yes",
      type: "comparison",
      level: "hard",
      supporting_facts: { title: ["A"], sent_id: [0] },
      context: { title: ["A"], sentences: [["x"]] },
    },
    { id: "hotpotqa/5a8b", answers: ["yes"], level: "hard", kind: "qa", data: { type: "comparison" } },
  ],
  [
    "hotpotqa, the papers' copy",
    "hotpotqa.jsonl",
    { question: "Who?", answer: ["Frank Lowy"] },
    { answers: ["Frank Lowy"], source: "hotpotqa" },
  ],
  [
    "2wikimultihopqa, as published",
    "dev.json",
    [
      {
        _id: "ab",
        type: "compositional",
        question: "Who?",
        context: [["A", ["x"]]],
        supporting_facts: [["A", 0]],
        evidences: [["A", "r", "B"]],
        answer: "B",
      },
    ],
    { id: "2wikimultihopqa/ab", answers: ["B"], data: { type: "compositional" } },
  ],
  [
    "2wikimultihopqa, the papers' copy",
    "2wiki.jsonl",
    { question: "Where?", answer: ["NYC", "New York", "NYC"] },
    { answers: ["NYC", "New York"], source: "2wikimultihopqa" },
  ],
  [
    "musique, as published",
    "validation.jsonl",
    {
      id: "2hop__1_2",
      paragraphs: [{ idx: 0, title: "A", paragraph_text: "x", is_supporting: true }],
      question: "Who?",
      question_decomposition: [{ id: 1, question: "A >> b", answer: "B", paragraph_support_idx: 0 }],
      answer: "Miquette Giraudy",
      answer_aliases: ["Giraudy", ""],
      answerable: true,
    },
    { id: "musique/2hop__1_2", answers: ["Miquette Giraudy", "Giraudy"], kind: "qa" },
  ],
  [
    "musique in FlashRAG",
    "musique.jsonl",
    { id: "d0", question: "Who?", golden_answers: ["B", "C"], metadata: {} },
    { id: "musique/d0", answers: ["B", "C"] },
  ],
  [
    "bamboogle",
    "bamboogle.jsonl",
    { question: "Who?", answer: ["james madison"] },
    { answers: ["james madison"], source: "bamboogle" },
  ],
  [
    "bamboogle, capitals",
    "Bamboogle Prerelease.csv",
    "Question,Answer\nWho?,James Madison\n",
    { answers: ["James Madison"], source: "bamboogle" },
  ],
  ["any other", "mine.jsonl", { question: "Who?", answer: "Me" }, { answers: ["Me"], kind: "qa", source: "mine" }],
];

describe("the columns of a data set are known", () => {
  it.each(ROWS)("%s", async (_, file, row, question) => {
    expect(await first(file, row)).toMatchObject(question);
  });

  it("for every mapping there is", () => {
    const known = new Set(ROWS.map(([what]) => what.replace(/[,:].*| .*/g, "")));
    const names: Readonly<Record<string, string>> = { "xbench-deepsearch": "xbench", "question-answer": "any" };
    expect(MAPPING_NAMES.filter((name) => !known.has(names[name] ?? name))).toEqual([]);
    expect(MAPPINGS.filter(({ about }) => about === "")).toEqual([]);
  });

  it("under another file's name, when the recipe says which set it is", async () => {
    expect(await first("a.jsonl", { question: "How many?", answer: "4\n#### 4" }, "gsm8k")).toMatchObject({
      answers: ["4"],
      kind: "math",
    });
    // Nothing but its name tells it from others.
    expect(await first("a.jsonl", { question: "How many?", answer: "4\n#### 4" })).toMatchObject({ kind: "qa" });
  });

  it("by a name that only looks alike: not", async () => {
    for (const file of ["aftermath.jsonl", "mathematics.jsonl", "gaian.jsonl", "framesets.jsonl"]) {
      expect((await first(file, { question: "Q?", answer: "A" })).source).toBe(file.replace(".jsonl", ""));
    }
  });
});

describe("what a data set's rows may have wrong", () => {
  const failure = async (name: string, row: unknown, mapping?: string): Promise<string> =>
    first(name, row, mapping).then(
      (question) => `no error, but ${JSON.stringify(question)}`,
      (thrown: unknown) => (thrown as Error).message.replace(/^\S*\//, ""),
    );

  it.each([
    [
      "gsm8k.jsonl",
      { question: "Q?", answer: "4" },
      'gsm8k.jsonl:1: answer is wrong\n  expected: a text with #### in it\n  found: "4"',
    ],
    [
      "math.jsonl",
      { problem: "Q?", solution: "It is \\boxed{4" },
      'math.jsonl:1: solution is wrong\n  expected: a text with \\boxed{…} in it\n  found: "It is \\\\boxed{4"',
    ],
    [
      "x.jsonl",
      { Question: "Q?", Level: 1, "Final answer": "?" },
      'x.jsonl:1: Final answer is "?": the answers of this split are not public\n  to fix: use the validation split',
    ],
    [
      "x.jsonl",
      { prompt: "/w==", answer: "AA==", canary: "x" },
      "x.jsonl:1: prompt is wrong\n  expected: a text that the row's canary deciphers\n  to fix: take the file as it was published; a copy in the clear has no canary column",
    ],
    [
      "x.jsonl",
      { gold: 1, pred: 2 },
      `x.jsonl:1: nothing says which columns hold the question and its answers\n  expected: columns, or a mapping: ${MAPPING_NAMES.join(", ")}\n  found: columns gold, pred\n  to fix: say columns: {prompt: …, answers: …} for this file`,
    ],
  ])("%s %j", async (name, row, message) => {
    expect(await failure(name, row)).toBe(message);
  });

  it("a mapping that is named and does not fit", async () => {
    expect(await failure("x.jsonl", { question: "Q?", reply: "4" }, "frames")).toBe(
      "x.jsonl:1: no value in Prompt\n  found: columns question, reply",
    );
  });
});

const REAL = "../shared/data";
describe.skipIf(!existsSync(REAL))("the real files (skipped where ../shared/data is absent)", () => {
  it.each([
    ["hard_search_1k.parquet", "verl", 1071, "qa", ["repaired \\boxed (2142)"]],
    ["valid.parquet", "verl", 180, "qa,math", ["repaired \\boxed (360)"]],
    ["eval/gsm8k.jsonl", "gsm8k", 1319, "math", []],
    ["eval/math500.jsonl", "math500", 500, "math", []],
    ["eval/aime24.jsonl", "aime24", 30, "math", []],
    ["eval/aime25.jsonl", "aime25", 30, "math", ["repaired \\frac (6)"]],
    ["eval/hotpotqa.jsonl", "hotpotqa", 200, "qa", []],
    ["eval/2wiki.jsonl", "2wikimultihopqa", 200, "qa", []],
    ["eval/musique.jsonl", "musique", 200, "qa", []],
    ["eval/bamboogle.jsonl", "bamboogle", 125, "qa", []],
  ])("%s is read as %s", async (file, mapping, size, kinds, repairs) => {
    const warnings: string[] = [];
    const { train, sources } = await openQuestions(
      { train: [{ file: `${REAL}/${file}` }] },
      { seed: 1, onWarning: (text) => warnings.push(text) },
    );
    expect(sources).toMatchObject([{ mapping, questions: size, skipped: 0 }]);
    expect(train.size).toBe(size);
    expect([...new Set(train.questions.map(({ kind }) => kind))].join()).toBe(kinds);
    expect(new Set(train.questions.map(({ id }) => id)).size).toBe(size);
    expect(warnings.filter((text) => text.includes("repaired")).map((text) => text.split(": ")[1])).toEqual(repairs);
    if (mapping === "gsm8k") for (const { answers } of train.questions) expect(answers[0]).toMatch(/^-?[\d,.]+$/);
  });

  it("train_10k.parquet: the row without an answer stops, or is left out and told, like what was repaired", async () => {
    const train = [{ file: `${REAL}/train_10k.parquet` }];
    await expect(openQuestions({ train }, { seed: 1 })).rejects.toThrow(
      'train_10k.parquet, row 5275: reward_model.ground_truth is wrong\n  expected: an answer that is not empty\n  found: " "',
    );
    const warnings: string[] = [];
    const data = await openQuestions(
      { train, onBadRow: "skip" },
      { seed: 1, onWarning: (text) => warnings.push(text) },
    );
    expect(data.sources).toMatchObject([{ mapping: "verl", questions: 9999, skipped: 1 }]);
    expect(data.train.questions.filter(({ kind }) => kind === "math")).toHaveLength(4999);
    expect(data.train.questions.every(({ system }) => system?.includes("\\boxed") === true)).toBe(true);
    expect(warnings).toHaveLength(3);
    // Two \boxed a row (that without an answer is read up to it); the form feeds stand in questions and answers.
    expect(warnings[0]).toMatch(
      /^train_10k\.parquet: repaired \\boxed \(20000\), \\frac \(21\); left as it is: control character 0x0c \(4\), control character 0x0b \(1\)$/,
    );
    expect(warnings[1]).toMatch(
      /^train_10k\.parquet: left out 1 row that cannot be read, the first: .*row 5275: reward_model/,
    );
    // 37 to the letter (10,000 rows, 9,963 texts), one with another spacing.
    expect(warnings[2]).toBe(
      "38 training questions occur before in the data, 9 with other answers; they are kept, on the same side of a split",
    );
  });
});
