/** One row of every data set that a mapping knows, with the columns of the public files and of the papers' copies; the texts are made up. */
import type { DataQuestion } from "../question-set.ts";

/** What a cipher that is its own inverse makes of a text. */
function enciphered(text: string, key: string): string {
  const keyBytes = Buffer.from(key);
  const bytes = Buffer.from(text).map((byte, i) => byte ^ (keyBytes[i % keyBytes.length] ?? 0));
  return Buffer.from(bytes).toString("base64");
}

const canary = "benchmark-canary-é";

/** What the file is, its name and content (an object: one JSON line), and what is made of it. */
export const PUBLIC_ROWS: readonly (readonly [
  what: string,
  file: string,
  row: unknown,
  question: Partial<DataQuestion>,
])[] = [
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
