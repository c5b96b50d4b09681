import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MAPPING_NAMES } from "../../data/mappings/list.ts";
import { SUITES, suiteChoice, suiteChoices } from "./list.ts";
import { suiteFile } from "./suite-file.ts";

const folder = mkdtempSync(join(tmpdir(), "aepo-suites-"));
afterAll(() => rmSync(folder, { recursive: true }));

function thrownBy(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return (thrown as Error).message.replaceAll(folder, "FOLDER");
  }
  throw new Error("nothing was thrown");
}

describe("the paper's 14 sets", () => {
  it("each with its metric", () => {
    expect(SUITES.map(({ title, metric }) => `${title}: ${metric}`)).toEqual([
      "GAIA: judge",
      "Humanity's Last Exam: judge",
      "WebWalkerQA: judge",
      "xbench-DeepSearch: judge",
      "FRAMES: judge",
      "HotpotQA: f1",
      "2WikiMultihopQA: f1",
      "MuSiQue: f1",
      "Bamboogle: f1",
      "AIME24: math",
      "AIME25: math",
      "MATH500: math",
      "MATH: math",
      "GSM8K: math",
    ]);
  });

  it("each with a mapping that exists, a public file and names of its own", () => {
    expect(SUITES.filter(({ mapping }) => !MAPPING_NAMES.includes(mapping))).toEqual([]);
    expect(SUITES.filter(({ hub }) => !hub.startsWith("hf://datasets/"))).toEqual([]);
    const files = SUITES.flatMap((suite) => suite.files);
    expect(new Set(files).size).toBe(files.length);
  });
});

describe("a suite by its name", () => {
  it("alone, or with a file", () => {
    expect(suiteChoice("gsm8k")).toMatchObject({ suite: { name: "gsm8k" }, file: null });
    expect(suiteChoice("GSM8K=a=b.jsonl")).toMatchObject({ suite: { name: "gsm8k" }, file: "a=b.jsonl" });
    expect(suiteChoice("2wiki")).toMatchObject({ suite: { name: "2wikimultihopqa" } });
  });

  it("names that are none say what exists", () => {
    expect(thrownBy(() => suiteChoice("gsm9k"))).toBe(
      'there is no suite "gsm9k"\n  found: gaia, hle, webwalkerqa, xbench-deepsearch, frames, hotpotqa, 2wikimultihopqa, musique, bamboogle, aime24, aime25, math500, math, gsm8k\n  to fix: questions of your own: --suite NAME=FILE with the name of the suite whose columns and metric they have',
    );
    expect(thrownBy(() => suiteChoice("gsm8k="))).toBe(
      "--suite gsm8k=: there is no file behind the =\n  expected: gsm8k=FILE, or gsm8k",
    );
    expect(thrownBy(() => suiteChoices(["gsm8k", "math", "gsm8k=x"]))).toBe(
      'the suite "gsm8k" is asked for twice\n  to fix: name it once',
    );
  });
});

describe("the file of a suite", () => {
  it("is the one that is named, one of the folder, or the public one", () => {
    writeFileSync(join(folder, "MATH-500.parquet"), "");
    writeFileSync(join(folder, "math.txt"), "");
    mkdirSync(join(folder, "empty"));
    expect(suiteFile(suiteChoice("math500"), folder)).toBe(join(folder, "MATH-500.parquet"));
    expect(suiteFile(suiteChoice(`math500=${folder}/math.txt`), null)).toBe(join(folder, "math.txt"));
    expect(suiteFile(suiteChoice("math500=hf://datasets/a/b/c.jsonl"), folder)).toBe("hf://datasets/a/b/c.jsonl");
    expect(suiteFile(suiteChoice("math500"), join(folder, "MATH-500.parquet"))).toBe(join(folder, "MATH-500.parquet"));
    expect(suiteFile(suiteChoice("math500"), null)).toBe("hf://datasets/HuggingFaceH4/MATH-500/test.jsonl");
  });

  it("that is missing: where to get it", () => {
    expect(thrownBy(() => suiteFile(suiteChoice("gaia"), folder))).toBe(
      "the folder FOLDER has no file of the suite gaia\n  expected: gaia.jsonl, .json, .csv, .tsv or .parquet: none of a suite's data ships with aepo\n  found: MATH-500.parquet\n  to fix: leave --data out to read hf://datasets/gaia-benchmark/GAIA/2023/validation/metadata.* (accept its conditions on the Hub and set HF_TOKEN; questions with a file are left out; the paper uses 103 questions of the validation split), or name a file: --suite gaia=FILE",
    );
    expect(thrownBy(() => suiteFile(suiteChoice("gsm8k=nowhere.jsonl"), null))).toMatch(/^no file nowhere\.jsonl\n/);
    expect(thrownBy(() => suiteFile(suiteChoice("gsm8k"), "/nowhere"))).toMatch(
      /^no folder or file \/nowhere \(--data\)\n/,
    );
  });
});
