import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { ERROR_CLASSES } from "../../eval/error-class.ts";
import { resultPage } from "./result-page.ts";
import { resultMarkdown, resultText } from "./result-text.ts";
import { filterClass } from "./suites-style.ts";
import { records, result } from "./testing/sample-evaluation.ts";

const page = resultPage(result, records);
const { document } = parseHTML(page);

it("every attempt is there to read: question, turns, calls, results, answer, verdict, parts", () => {
  const questions = [...document.querySelectorAll(".item")];
  expect(questions).toHaveLength(2);
  expect(document.querySelectorAll(".attempt")).toHaveLength(16);
  const [first] = questions;
  expect(first?.querySelector(".whole .written")?.textContent).toBe(records[0]?.prompt);
  expect(first?.querySelector(".note")?.textContent).toBe("question q1 · right: Paris or the <i>city</i>");
  const [right, , failedTool, , broken, , unjudged, failed] = [...(first?.querySelectorAll(".attempt") ?? [])];
  expect(right?.querySelector("h4")?.textContent).toBe("✓ attempt 1: right, answered Paris");
  expect(right?.querySelector(".line")?.textContent).toBe(
    "score 1.00 · reward 1.00 · format 0.00 · exact 1.00 · ended by answer · 20 tokens written, 120 in all",
  );
  expect([...(right?.querySelectorAll(".said .written") ?? [])].map((one) => one.textContent)).toEqual([
    '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call>',
    "So it is \\boxed{Paris}",
  ]);
  expect(right?.querySelector(".heard")?.textContent).toBe("searchx <b></div><script>alert(1)</script>␛[31m⟨U+202E⟩");
  expect(failedTool?.querySelector(".heard.failed .by")?.textContent).toBe("search · failed");
  expect(broken?.querySelector(".line")?.textContent).toBe("</x> closes nothing");
  expect(unjudged?.querySelector(".line")?.textContent).toBe("judge: 503 <i>");
  expect(failed?.querySelector(".line")?.textContent).toBe("HTTP 500");
});

it("attempts can be filtered by what went wrong, without a script", () => {
  const style = [...document.querySelectorAll("style")].map((one) => one.textContent).join("");
  for (const name of ["right", ...ERROR_CLASSES].map(filterClass)) {
    expect(document.querySelectorAll(`#filter-${name}`)).toHaveLength(1);
    expect(document.querySelectorAll(`label[for=filter-${name}]`)).toHaveLength(1);
    expect(style).toContain(`#filter-${name}:checked~.items>.item:not(.has-${name})`);
    expect(document.querySelectorAll(`.attempt.is-${name}`).length).toBeGreaterThan(0);
  }
  expect(document.querySelectorAll(".item.has-wrong-answer")).toHaveLength(1);
  expect(document.querySelector("label[for=filter-right]")?.textContent).toBe("right 9");
});

it("nothing that was read becomes markup, and nothing is loaded", () => {
  expect(document.querySelectorAll("img, iframe, link")).toHaveLength(0);
  expect(document.querySelectorAll("script")).toHaveLength(1);
  expect(document.querySelector("meta[http-equiv]")?.getAttribute("content")).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:\/\//);
});

it("tables of scores, effort and errors, levels below their suite", () => {
  const cells = [...document.querySelectorAll("#results tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.textContent),
  );
  expect(cells.map(([name, questions]) => [name, questions])).toEqual([
    ["GAIA", "2 of 3"],
    ["1", "1"],
    ["2", "1"],
  ]);
  // One of six judged attempts of the first question is right, all of the second.
  expect(cells[0]?.[2]).toMatch(/^58\.3 \(/);
  expect(cells[1]?.[2]).toBe("16.7 (16.7 to 16.7)");
});

it("the terminal says the same", () => {
  expect(resultText(result)).toMatchInlineSnapshot(`
    "models/small|model (small transformer), with search: 8 attempts a question at temperature 0.6, top-p 0.95, seed 1

          questions  avg@8                   pass@1                  pass@3                  maj@3
    GAIA  2 of 3     58.3 (16.7 to 100.0)    58.3 (16.7 to 100.0)    75.0 (50.0 to 100.0)    75.0 (50.0 to 100.0)
      1   1          16.7 (16.7 to 16.7)     16.7 (16.7 to 16.7)     50.0 (50.0 to 50.0)     50.0 (50.0 to 50.0)
      2   1          100.0 (100.0 to 100.0)  100.0 (100.0 to 100.0)  100.0 (100.0 to 100.0)  100.0 (100.0 to 100.0)

          tool calls  failed calls  tokens written  tokens in all  cost a question
    GAIA  1.00        0.07          20              120            0.0032
      1   1.00        0.17          20              120            0.0032
      2   1.00        0.00          20              120            0.0032

          attempts  right  failed  unjudged  limit reached  tool failure  wrong format  no answer  wrong answer
    GAIA  16        9      1       1         1              1             1             1          1
      1   8         1      1       1         1              1             1             1          1
      2   8         8      0       0         0              0             0             0          0

    GAIA: avg and pass count exact matches; instead of the suite's own.
    Intervals are 95 %, bootstrap over questions; 8 attempts a question.
    2 attempts could not be judged and enter no figure; the same command asks these questions again."
  `);
});

it("Markdown escapes what would be markup", () => {
  const text = resultMarkdown(result);
  expect(text).toContain("models/small\\|model");
  expect(text).toContain("| GAIA | 2 of 3 | 58.3 (16.7 to 100.0) |");
  expect(text).toContain("| – 1 | 1 |");
});
