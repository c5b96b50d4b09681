/** Multiple choice as text: a question with its choices below it, and the choices of a text that has them already. */

const HEADING = /^\s*(?:answer )?choices\s*:\s*$/im;
const CHOICE = /^\s*\(?([A-Z])[.):]\s*(.*)$/;

/** A, B, …, Z; there are no more. */
export const MAX_CHOICES = 26;

export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

export function withChoices(question: string, choices: readonly string[]): string {
  return [question, "", ...choices.map((text, i) => `${letterOf(i)}. ${text}`)].join("\n");
}

/** The texts of choices that are written a line each (further lines belong to the one above) after a heading; null if there are none. */
export function choicesIn(text: string): string[] | null {
  const heading = HEADING.exec(text);
  if (heading === null) return null;
  const choices: string[] = [];
  for (const line of text.slice(heading.index + heading[0].length).split(/\r?\n/)) {
    const [, letter, rest = ""] = CHOICE.exec(line) ?? [];
    if (letter === letterOf(choices.length) && choices.length < MAX_CHOICES) choices.push(rest);
    else if (choices.length > 0) choices.push(`${choices.pop() ?? ""}\n${line}`);
  }
  return choices.length < 2 ? null : choices.map((choice) => choice.trim());
}
