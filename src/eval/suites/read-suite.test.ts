import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { SUITES, suiteChoice } from "./list.ts";
import { readSuite } from "./read-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "aepo-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
const signal = new AbortController().signal;

async function read(name: string, rows: readonly object[]) {
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const { questions } = await readSuite(suiteChoice(name).suite, file, { limit: null, signal });
  return questions.map(({ prompt, answers, level, kind }) => ({ prompt, answers, level, kind }));
}

/** One row as each public file has it (specification of the released code, E.3, and the Hub's data sets). */
const ROWS: Readonly<Record<string, object>> = {
  gaia: { task_id: "1", Question: "Q?", Level: "2", "Final answer": "A", file_name: "", "Annotator Metadata": {} },
  hle: {
    id: "1",
    question: "Q?\nAnswer Choices:\nA. one\nB. two",
    image: "",
    answer: "B",
    answer_type: "multipleChoice",
    category: "Math",
    raw_subject: "x",
  },
  webwalkerqa: { question: "Q?", answer: "A", root_url: "http://x", info: { lang: "en", difficulty_level: "hard" } },
  "xbench-deepsearch": { question: "Q?", answer: ["A"] },
  frames: { Prompt: "Q?", Answer: "A", reasoning_types: "Multiple constraints", wiki_links: "['x']" },
  hotpotqa: { id: "1", question: "Q?", answer: "A", level: "hard", type: "bridge", supporting_facts: {}, context: {} },
  "2wikimultihopqa": { id: "1", question: "Q?", golden_answers: ["A", "B"], metadata: {} },
  musique: { id: "1", question: "Q?", golden_answers: ["A"], metadata: {} },
  bamboogle: { id: "1", question: "Q?", golden_answers: ["A"], metadata: {} },
  aime24: { id: 60, problem: "Q?", solution: "…", answer: "204", url: "http://x", year: "2024" },
  aime25: { problem: "Q?", answer: 70, id: "0" },
  math500: { problem: "Q?", solution: "…", answer: "1/2", subject: "Algebra", level: 5, unique_id: "test/1.json" },
  math: { problem: "Q?", level: "Level 5", type: "Algebra", solution: "So $\\boxed{\\frac{1}{2}}$." },
  gsm8k: { question: "Q?", answer: "3 + 4 = <<3+4=7>>7\n#### 7" },
};

it("every suite has a row here", () => {
  expect(Object.keys(ROWS).toSorted()).toEqual(SUITES.map(({ name }) => name).toSorted());
});

it.each([
  ["gaia", ["A"], "2", "qa"],
  ["hle", ["B"], "Math", "multiple-choice"],
  ["webwalkerqa", ["A"], "hard", "qa"],
  ["xbench-deepsearch", ["A"], undefined, "qa"],
  ["frames", ["A"], undefined, "qa"],
  ["hotpotqa", ["A"], "hard", "qa"],
  ["2wikimultihopqa", ["A", "B"], undefined, "qa"],
  ["musique", ["A"], undefined, "qa"],
  ["bamboogle", ["A"], undefined, "qa"],
  ["aime24", ["204"], undefined, "math"],
  ["aime25", ["70"], undefined, "math"],
  ["math500", ["1/2"], "5", "math"],
  ["math", ["\\frac{1}{2}"], "Level 5", "math"],
  ["gsm8k", ["7"], undefined, "math"],
])("%s: a row of the public file", async (name, answers, level, kind) => {
  const [question] = await read(name, [ROWS[name] ?? {}]);
  expect(question?.prompt).toContain("Q?");
  expect([question?.answers, question?.level, question?.kind]).toEqual([answers, level, kind]);
});

it("questions that need a file or a picture are left out", async () => {
  const withFile = { ...ROWS["gaia"], task_id: "2", Question: "In the file?", file_name: "2.pdf" };
  expect(await read("gaia", [ROWS["gaia"] ?? {}, withFile])).toHaveLength(1);
  const withPicture = { ...ROWS["hle"], id: "2", question: "In the picture?", image: "data:image/png;base64,x" };
  expect(await read("hle", [ROWS["hle"] ?? {}, withPicture])).toHaveLength(1);
});

it("a public file that cannot be had: what else can be done", async () => {
  const { suite } = suiteChoice("gaia");
  // oxlint-disable-next-line node/no-process-env -- the Hub's own switch: nothing is fetched here.
  process.env["HF_HUB_OFFLINE"] = "1";
  process.env["HF_HOME"] = folder;
  const reading = readSuite(suite, suite.hub, { limit: null, signal });
  await expect(reading).rejects.toThrow(
    /^GAIA could not be read from hf:\/\/datasets\/gaia-benchmark\/GAIA\/2023\/validation\/metadata\.\*: [^]*\n {2}to fix: [^]*or name a file: --suite gaia=FILE$/,
  );
  delete process.env["HF_HUB_OFFLINE"];
  delete process.env["HF_HOME"];
});
