/**
 * The one formula, number or word of a text that is its answer, as LaTeX. In this order: what follows "final answer is" or stands
 * in the last box, whichever is further to the end; what follows "answer"; the whole text, if it is a formula or a word; the last
 * formula or number. After the design of Math-Verify (Apache-2.0). Only the end of a long text is read.
 */
import { exactNumber } from "./exact-number.ts";
import { boxedSpans, isProse, mathSpans, type Span } from "./math-spans.ts";
import { tidyLatex } from "./tidy-latex.ts";

const MAX_CHARACTERS = 20_000;
const MAX_ANSWER = 2_000;

/** LaTeX that still has to be tidied; empty if the text answers nothing. */
export function extractAnswer(text: string): string {
  const end = text.length > MAX_CHARACTERS ? text.slice(-MAX_CHARACTERS) : text;
  const only = onlyFormula(end);
  if (only !== null) return only;
  const spans = mathSpans(end);
  const found = finalAnswer(end, spans) ?? anchored(end, spans, "answer") ?? wholeOf(end, spans) ?? lastOf(end, spans);
  const inside = found === null ? "" : unboxed(found.content);
  return inside.length > MAX_ANSWER ? "" : inside;
}

/** A text that is one formula from its first sign to its last, whatever stands in it. */
function onlyFormula(text: string): string | null {
  const inside = /^\s*\$([^$\\]{1,300})\$\s*$/.exec(text)?.[1] ?? "";
  return inside.trim() !== "" && isProse(inside) ? inside : null;
}

function unboxed(content: string): string {
  const boxes = content.includes("\\boxed") || content.includes("\\fbox") ? boxedSpans(content) : [];
  return boxes.length === 0 ? content : boxes.map((box) => box.content).join(",");
}

/** The last box against the last "final answer is": the one that ends later; a box right behind the words is the same. */
function finalAnswer(text: string, spans: readonly Span[]): Span | null {
  const box = lastBox(text);
  const said = anchored(text, spans, "final answer");
  if (said === null || box === null) return said ?? box;
  if (/^[\s.$"\\]{0,6}I hope/.test(text.slice(said.end, said.end + 20))) return said;
  return said.end >= box.end ? said : box;
}

/** The last box, with those before it that belong to the same answer: `\boxed{1}, \boxed{2} and \boxed{3}`. */
function lastBox(text: string): Span | null {
  const boxes = [...boxedSpans(text)].sort((a, b) => a.end - b.end);
  const last = boxes.at(-1);
  if (last === undefined) return null;
  const contents = [last.content];
  let from = last.start;
  for (const box of boxes.slice(0, -1).reverse()) {
    const between = box.end <= from ? text.slice(box.end, from) : "";
    if (!isJoint(between)) break;
    if (box.content !== contents[0]) contents.unshift(box.content);
    from = box.start;
  }
  return { ...last, content: contents.join(", ") + percentAfter(text, last.end) };
}

/** Between boxes of one answer: a comma, and, or; words in \\text and the name of what the next box is may stand there, too. */
function isJoint(between: string): boolean {
  if (between.length > 70 || !/,|;|\band\b|\bor\b/.test(between)) return false;
  const bare = between
    .replace(/\\text ?\{[^{}]*\}|\\q?quad|\\[()[\],; ]|[$\s]/g, "")
    .replace(/(?:[A-Za-z](?:_\{?[A-Za-z0-9]{1,3}\}?)?=)$/, "");
  return /^[,;]?(?:and|or)?$/.test(bare);
}

/** A percent sign or word right behind a formula belongs to it. */
function percentAfter(text: string, end: number): string {
  return /^[\s$\\\])]{0,6}(?:\\?%|percent|percentage|pct)(?![a-z])/i.test(text.slice(end, end + 20)) ? "%" : "";
}

/** How far behind its anchor an answer may begin. */
const REACH = 60;

/** What follows the last `anchor` (any case), e.g. "the answer is $5$", "Answer: 1/2". */
function anchored(text: string, spans: readonly Span[], anchor: string): Span | null {
  const lower = text.toLowerCase();
  for (
    let at = lower.lastIndexOf(anchor), tries = 0;
    at >= 0 && tries < 5;
    at = at === 0 ? -1 : lower.lastIndexOf(anchor, at - 1), tries++
  ) {
    const opening = /^[a-z]{0,2}[^.\n]{0,100}?(?:\bis\b|\bare\b|=|:)[\s:*"'\\(]{0,8}/i.exec(
      text.slice(at + anchor.length, at + anchor.length + 110),
    );
    const from = at + anchor.length + (opening?.[0].length ?? 0);
    const found = after(text, spans, opening === null ? from : from - trailing(opening[0]));
    if (found !== null) return found;
  }
  return null;
}

/** Backslash and bracket of `\(` and `\[` that the words before them have swallowed. */
function trailing(opening: string): number {
  return /\\?\(?$/.exec(opening)?.[0].length ?? 0;
}

/** The first formula or number behind `from`, or the words of the line. */
function after(text: string, spans: readonly Span[], from: number): Span | null {
  const index = spans.findIndex(({ start, end }) => start >= from - 1 && end > from);
  const span = spans[index];
  const line = /^[^\n]{0,200}/.exec(text.slice(from, from + 200))?.[0] ?? "";
  const number = numbersOf(line)[0];
  const isNear = span !== undefined && span.start - from <= REACH;
  if (isNear && (number === undefined || from + number.start >= span.start)) return joinedForward(text, spans, index);
  const sentence = line
    .replace(/(?:\.|\s)*I hope[^]*$/, "")
    .replace(/\.(?:\s.*)?$/, "")
    .replace(/^[\s*"':]+|[\s*"':]+$/g, "");
  if (sentence === "") return null;
  const whole = { content: sentence, start: from, end: from + line.trimEnd().length };
  if (!isProse(sentence) || isFewWords(sentence)) return whole;
  if (number === undefined || number.start > REACH) return null;
  return { content: number.content, start: from + number.start, end: from + number.end };
}

/** Formulas joined by commas, and, or: one list. */
function joinedForward(text: string, spans: readonly Span[], index: number): Span | null {
  const first = spans[index];
  if (first === undefined) return null;
  let last = first;
  const contents = [first.content];
  for (const next of spans.slice(index + 1, index + 6)) {
    if (!JOINT.test(text.slice(last.end, next.start))) break;
    contents.push(next.content);
    last = next;
  }
  return { content: contents.join(", ") + percentAfter(text, last.end), start: first.start, end: last.end };
}

const JOINT = /^\s?,?\s?(?:,|and|or)\s?$/;

/** The text as it stands, where it has no formulas in delimiters and is itself one, or a word or two. */
function wholeOf(text: string, spans: readonly Span[]): Span | null {
  const content = text.trim();
  if (spans.length > 0 || content === "" || content.length > 300) return null;
  return !isProse(content) || isFewWords(content) ? { content, start: 0, end: text.length } : null;
}

function isFewWords(text: string): boolean {
  return /^[A-Za-z.,'’\s()-]{1,60}$/.test(text) && text.split(/\s+/).length <= 5;
}

/** The last formula, with those it is joined to, or the last number, whichever ends later. */
function lastOf(text: string, spans: readonly Span[]): Span | null {
  const last = spans.at(-1);
  const number = numbersOf(text).at(-1);
  if (last === undefined || (number !== undefined && number.start >= last.end)) return number ?? null;
  let index = spans.length - 1;
  for (let previous = spans[index - 1]; previous !== undefined; previous = spans[--index - 1]) {
    if (!JOINT.test(text.slice(previous.end, spans[index]?.start))) break;
  }
  return joinedForward(text, spans, index);
}

const RUN = /[-+(]?[\d.][\d.,+*/^()×÷ -]*/g;
const NUMBER = /-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?|\.\d+)/g;
/** Before a number: 5 is one in "=5", "($5", ": 5"; 2 is none in XDY2K. */
const BEFORE = /[\s=([{:"'*~≈$€£¥₹₽]/;

/** Numbers and sums of numbers that stand in plain text. */
function numbersOf(text: string): readonly Span[] {
  const found: Span[] = [];
  for (const run of text.matchAll(RUN)) {
    const before = text[run.index - 1];
    if (before !== undefined && !BEFORE.test(before)) continue;
    const written = run[0].replace(/[^\d)]+$/, "");
    const end = run.index + written.length;
    if (exactNumber(tidyLatex(written)) !== null) {
      found.push({ content: written + percentAfter(text, end), start: run.index, end });
      continue;
    }
    for (const number of written.matchAll(NUMBER)) {
      const start = run.index + number.index;
      const content = /,\d{3}(?!\d)/.test(number[0]) ? number[0] : number[0].replace(",", ".");
      found.push({
        content: content + percentAfter(text, start + number[0].length),
        start,
        end: start + number[0].length,
      });
    }
  }
  return found;
}
