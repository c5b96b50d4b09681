/** Every attempt at every question to read: the question, the turns, calls and results as they were, the answer beside the right one, the verdict. */
import type { AttemptRecord, QuestionRecord } from "../../eval/attempt-record.ts";
import { ERROR_MEANINGS } from "../../eval/error-class.ts";
import type { TrajectoryTurn } from "../../eval/trajectory.ts";
import { count, fixed } from "../figure-format.ts";
import { html, type Markup, nothing } from "../markup.ts";
import { cutText, textLimit } from "./cut-text.ts";
import { FILTERS, filterClass } from "./suites-style.ts";

/** `titles`: of the suites, by their names. */
export function attemptsSection(records: readonly QuestionRecord[], titles: ReadonlyMap<string, string>): Markup {
  const limit = textLimit(records);
  const classes = records.flatMap(({ attempts }) => attempts.map(classOf));
  const counted = FILTERS.map((name) => [name, classes.filter((one) => one === name).length] as const);
  const present = counted.filter(([, attempts]) => attempts > 0);
  return html`<section id="attempts"><h2>Attempts</h2>
<p class="lead">Every attempt as it was written and judged. Choose what to see; a question opens with a click.</p>
<div class="attempts"><input class="choice" type="radio" name="filter" id="filter-all" checked>${present.map(
    ([name]) => html`<input class="choice" type="radio" name="filter" id="filter-${filterClass(name)}">`,
  )}
<div class="filters"><label for="filter-all">all ${count(classes.length)}</label>${present.map(
    ([name, attempts]) =>
      html`<label for="filter-${filterClass(name)}" title="${meaningOf(name)}">${name} ${count(attempts)}</label>`,
  )}</div>
<div class="items">${records.map((record) => question(record, titles.get(record.suite) ?? record.suite, limit))}</div></div></section>`;
}

function classOf({ error }: AttemptRecord): (typeof FILTERS)[number] {
  return error ?? "right";
}

function meaningOf(name: (typeof FILTERS)[number]): string {
  return name === "right" ? "the answer is right" : ERROR_MEANINGS[name];
}

function question({ id, level, prompt, answers, attempts }: QuestionRecord, title: string, limit: number): Markup {
  const classes = [...new Set(attempts.map(classOf))].map((name) => `has-${filterClass(name)}`).join(" ");
  const place = [title, ...(level === null ? [] : [level])].join(" · ");
  return html`<details class="item ${classes}"><summary><span class="soft">${place}</span><span class="asked" dir="auto">${firstLine(prompt)}</span><span class="marks">${attempts.map(mark)}</span></summary>
<div class="whole"><div class="written" dir="auto">${cutText(prompt, limit)}</div>
<p class="note">question ${id} · right: <b>${answers.join(" or ")}</b></p></div>
${attempts.map((one, index) => attempt(one, index, limit))}</details>
`;
}

function mark({ error }: AttemptRecord): Markup {
  if (error === null) return html`<span class="mark-right" title="right">✓</span>`;
  const open = error === "failed" || error === "unjudged";
  return html`<span class="${open ? "mark-open" : "mark-wrong"}" title="${error}">${open ? "?" : "✗"}</span>`;
}

function attempt(one: AttemptRecord, index: number, limit: number): Markup {
  const { error, why, reward, answer, turns, tokens } = one;
  const parts = Object.entries(reward?.parts ?? {}).map(([name, value]) => `${name} ${fixed(value)}`);
  const facts = [
    `score ${fixed(one.score)}`,
    ...(reward === null ? [] : [`reward ${fixed(reward.total)}`, ...parts]),
    `ended by ${one.end}`,
    `${count(tokens.written)} tokens written, ${count(tokens.path)} in all`,
  ];
  const reason = reward?.failed ?? why;
  return html`<article class="attempt is-${filterClass(classOf(one))}"><h4>${mark(one)} attempt ${String(index + 1)}: ${error ?? "right"}${answer === null ? nothing : html`, answered <b dir="auto">${cutText(answer, 200)}</b>`}</h4>
${reason === undefined ? nothing : html`<p class="line">${reason}</p>`}
<p class="line">${facts.join(" · ")}</p>
${turns.map((written) => turn(written, limit))}</article>
`;
}

function turn({ text, result }: TrajectoryTurn, limit: number): Markup {
  return html`<div class="said"><span class="by">model</span><div class="written" dir="auto">${cutText(text, limit)}</div></div>${
    result === null
      ? nothing
      : html`<div class="heard${result.failed === null ? "" : " failed"}"><span class="by">${result.tool === "" ? "no call" : result.tool}${result.failed === null ? "" : " · failed"}</span>${
          result.input === "" ? nothing : html`<div class="written" dir="auto">${cutText(result.input, limit)}</div>`
        }<div class="written" dir="auto">${cutText(result.text, limit)}</div></div>`
  }`;
}

function firstLine(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return line.length > 240 ? `${line.slice(0, 239)}…` : line;
}
