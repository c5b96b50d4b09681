import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import { messageOf } from "../../std/errors.ts";
import { whyNoSandbox } from "../../toolbox/python/testing/sandbox-here.ts";
import { pathOf, questionOf } from "../testing/paths.ts";
import { codeOptionsSchema } from "./code-options.ts";
import { openCodePart } from "./code-part.ts";
import { codeTests, programOf, sameOutput } from "./code-tests.ts";

const why = await whyNoSandbox();
const sums = JSON.stringify([
  { input: "1 2\n", output: "3\n" },
  { input: "5 6\n", output: "11" },
]);
const adds = "assert add(1, 2) == 3\nassert add(2, 2) == 4";
const sum = "a, b = map(int, input().split())\nprint(a + b)";

describe.skipIf(why !== null)(`code tests ${why ?? ""}`, () => {
  const scored = async (gold: string, answer: string | null, settings: object = {}) => {
    const part = await openCodePart(
      codeOptionsSchema.parse({ python: { timeoutMs: 20_000, cpuSeconds: 2 }, ...settings }),
    );
    return part.score(questionOf([gold]), pathOf(answer));
  };

  it("run the program on each input and compare what it prints", async () => {
    expect(await scored(sums, sum)).toBe(1);
    expect(await scored(sums, `Here:\n\`\`\`python\n${sum}\n\`\`\`\nDone.`)).toBe(1);
    expect(await scored(JSON.stringify({ inputs: ["1 2"], outputs: ["3"] }), sum)).toBe(1);
    expect(await scored(sums, "input()\nprint(3)")).toBe(0);
    expect(await scored(sums, "input()\nprint(3)", { credit: "share" })).toBe(0.5);
  });

  it("or run python behind the program", async () => {
    expect(await scored(adds, "def add(a, b):\n    return a + b")).toBe(1);
    expect(await scored(adds, "def add(a, b):\n    return 3")).toBe(0);
  });

  it.each([
    "import sys; sys.exit(0)",
    "import os; os._exit(0)",
    "raise SystemExit",
    "def add(a, b",
    "while True: pass",
    "import os\nwhile True: os.fork()",
    "print('x' * 10 ** 8)",
    "x = 'a' * 10 ** 10",
    "quit()",
    "",
  ])("%j passes neither kind", async (program) => {
    expect(await scored(adds, program)).toBe(0);
    expect(await scored(sums, program)).toBe(0);
  });

  it("python that cannot be had is an error at the start", async () => {
    const said = await scored(sums, sum, { python: { interpreter: "/nowhere/python3" } }).then(String, messageOf);
    expect(said).toContain("python");
    expect(said).not.toBe("0");
  });
});

describe("tests of code", () => {
  it("are read from the accepted answer, and what is none is an error", () => {
    expect(codeTests(sums)).toMatchObject({ kind: "text", cases: [{ input: "1 2\n" }, { input: "5 6\n" }] });
    expect(codeTests(adds)).toEqual({ kind: "python", code: adds });
    expect(thrownMessage(() => codeTests("[]"))).toMatch(/^the accepted answer holds no tests\n/);
    expect(thrownMessage(() => codeTests('[{"input": 1}]'))).toMatch(/^a test has no input and output\n/);
    expect(thrownMessage(() => codeTests('{"inputs": ["1"], "outputs": []}'))).toMatch(
      /^tests need as many inputs as outputs\n/,
    );
  });

  it("take the last fenced block as the program", () => {
    expect(programOf("```py\na\n```\nor\n```\nb\n```")).toBe("b\n");
    expect(programOf("```python\nunfinished")).toBe("unfinished");
    expect(programOf("print(1)")).toBe("print(1)");
  });

  it("pass over spaces at the ends of lines and of the text", () => {
    expect(sameOutput("1 \n2\n\n", "1\n2")).toBe(true);
    expect(sameOutput("1 2", "1  2")).toBe(false);
    expect(sameOutput("", "1")).toBe(false);
  });

  it("a state that would have no effect is an error", () => {
    expect(thrownMessage(() => codeOptionsSchema.parse({ python: { state: "keep" } }))).toContain(
      "has no effect on tests: each is a run of its own",
    );
  });
});
