/**
 * Which choices of a multiple-choice question an answer names: by letter or by the text of the choice. An answer that names two
 * where one is asked for, or whose letter and text disagree, names none.
 */
import { normalizeAnswer } from "../envs/grade.ts";
import { boxedSpans } from "./math/math-spans.ts";

/** Texts of the choices by their letters, in order; empty where they are not known. */
export type Choices = ReadonlyMap<string, string>;

const LETTERS = "ABCDEFGHIJ";
const MAX_CHARACTERS = 4000;

/** Choices as a list of texts, or from the lines of a prompt: "A. Paris", "(B) Rome", "C) 12". */
export function choicesOf(prompt: string, given?: unknown): Choices {
  if (Array.isArray(given)) {
    return new Map(given.slice(0, LETTERS.length).map((text, i) => [LETTERS[i] ?? "", String(text)]));
  }
  if (typeof given === "object" && given !== null) {
    const entries = Object.entries(given).filter(([letter]) => /^[A-J]$/i.test(letter));
    return new Map(entries.map(([letter, text]) => [letter.toUpperCase(), String(text)]));
  }
  const found = new Map<string, string>();
  for (const line of prompt.slice(-20_000).split("\n")) {
    const [, letter = "", text = ""] =
      /^\s{0,8}(?:\(([A-J])\)|([A-J])[.):])\s+(.*)$/.exec(line)?.filter((part) => part !== undefined) ?? [];
    if (letter !== "" && text.trim() !== "") found.set(letter, text.trim());
  }
  return found.size >= 2 ? found : new Map();
}

/** The letters an answer names, sorted and joined ("B", "AC"); null if none, or if it is ambiguous. `several`: more than one is asked for. */
export function chosenLetters(answer: string, choices: Choices, several = false): string | null {
  const text = answer.slice(-MAX_CHARACTERS).trim();
  const box = boxedSpans(text).at(-1);
  const inner = plain(box?.content ?? text);
  const list = several ? letterList(inner) : null;
  return (
    list ??
    wholeLetter(inner) ??
    byText(inner, choices) ??
    letterAndText(inner, choices) ??
    (box === undefined ? mentioned(inner, choices) : null)
  );
}

/** Without LaTeX around words, and without emphasis. */
function plain(text: string): string {
  return text
    .replace(/\\(?:text|textbf|mathrm|mathbf|mbox)\s?\{([^{}]*)\}/g, "$1")
    .replace(/\\[()[\]]|[$*_`]/g, "")
    .trim();
}

/** "B", "(B)", "B.", "b)", "Option B", "Answer: B". */
function wholeLetter(text: string): string | null {
  const found =
    /^(?:(?:the )?(?:final |correct )?(?:answer|option|choice)(?: is)?\s?:?\s?)?[([{]?([A-J])[)\]}]?[.:,]?$/i.exec(
      text,
    );
  return found?.[1]?.toUpperCase() ?? null;
}

/** "A, C", "A and C", "AC". */
function letterList(text: string): string | null {
  const bare = text.replace(/\band\b|[,;&()\s.]/gi, "");
  return /^[A-J]{1,10}$/.test(bare) ? [...new Set(bare)].sort().join("") : null;
}

function byText(text: string, choices: Choices): string | null {
  const wanted = normalizeAnswer(text);
  const equal = [...choices].filter(([, choice]) => wanted !== "" && normalizeAnswer(plain(choice)) === wanted);
  return equal.length === 1 ? (equal[0]?.[0] ?? null) : null;
}

/** "B. Paris": the letter, if the text is that choice's, or the choices are not known and no other letter is named. */
function letterAndText(text: string, choices: Choices): string | null {
  const [, letter = "", rest = ""] = /^[([]?([A-J])[)\].:]{1,2}\s+(.+)$/s.exec(text) ?? [];
  if (letter === "") return null;
  const choice = choices.get(letter);
  if (choice !== undefined)
    return normalizeAnswer(rest) === normalizeAnswer(plain(choice)) ||
      (mentions(rest).size === 0 && byText(rest, choices) === null && rest.includes(" "))
      ? letter
      : null;
  const others = mentions(rest);
  others.delete(letter);
  return choices.size === 0 && others.size === 0 ? letter : null;
}

/** Letters that a sentence gives as its answer: "the answer is (B)", "option C"; and letters in brackets. */
function mentions(text: string): Set<string> {
  const said = text.matchAll(/\b(?:answer(?: is)?|option|choice)\s?:?\s?\(?([A-J])\b(?!')/g);
  const bracketed = text.matchAll(/\(([A-J])\)/g);
  return new Set([...said, ...bracketed].flatMap(([, letter]) => letter ?? []));
}

function mentioned(text: string, choices: Choices): string | null {
  const letters = mentions(text);
  const [only] = letters;
  return letters.size === 1 && only !== undefined && (choices.size === 0 || choices.has(only)) ? only : null;
}
