/** Units and percent signs behind an expression. They are no part of the value, except that a percent can be read both ways. */

const WORDS: ReadonlySet<string> = new Set(
  (
    "cm mm km dm ft in inch inches feet foot yard yards yd mile miles mi meter meters metre metres centimeter centimeters kilometer " +
    "kilometers millimeter millimeters kg mg lb lbs pound pounds gram grams kilogram kilograms ton tons oz ounce ounces ml liter " +
    "liters litre litres gallon gallons sec secs second seconds min mins minute minutes hr hrs hour hours day days week weeks month " +
    "months year years yr yrs mph kmh kph degree degrees deg unit units sq square cubic cube cu cent cents dollar dollars usd euro euros " +
    "rupee rupees rs people students person men women children students apples items times ways points point digits digit integers " +
    "acre acres hectare hectares rad radians radian am pm kn kj kw hz mol per and of each"
  ).split(" "),
);

/** `\text{…}` with an optional power at the very end: always a unit, if something stands before it. */
const TEXT_AT_END = /^(.+?)\\text ?\{[^{}]*\} ?(?:\^ ?(?:\d|\{ ?-?\d ?\}))?$/;
const PERCENT_AT_END = /^(.+?) ?(?:\\?%|(?:\\text ?\{ ?)?(?:percentage|percent|pct)(?: points?)? ?\}?)$/i;
const WORD_AT_END = /^(.*[\d)}\s])([A-Za-z]{2,12})\.?(?:\^ ?(?:\d|\{\d\}))?$/;

/** The expression without them. */
export function readUnits(text: string): { readonly latex: string; readonly percent: boolean } {
  let latex = text.trim();
  let percent = false;
  for (let i = 0; i < 4; i++) {
    const share = PERCENT_AT_END.exec(latex)?.[1];
    const shorter = share ?? withoutUnit(latex);
    if (shorter === null || shorter.trim() === "") break;
    percent ||= share !== undefined;
    latex = shorter.trim();
  }
  return { latex, percent };
}

function withoutUnit(latex: string): string | null {
  const text = TEXT_AT_END.exec(latex)?.[1];
  if (text !== undefined) return text;
  const [, before = "", word = ""] = WORD_AT_END.exec(latex) ?? [];
  // A letter behind a number is a variable: 2m.
  return /\d/.test(before) && WORDS.has(word.toLowerCase()) ? before : null;
}
