/**
 * LaTeX (and what models write instead of it) in one spelling: one name a command, braces where LaTeX lets them out, no spacing,
 * no sizes, no currency, Unicode signs as commands. Only spelling changes here; what the text means is read in `read-value.ts`.
 * Every pattern is linear: there is no repetition inside a repetition.
 */

/** Signs outside of ASCII, as LaTeX writes them. */
const SIGNS: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "∙": "\\cdot ",
  "÷": "\\div ",
  "∕": "/",
  "⁄": "/",
  π: "\\pi ",
  θ: "\\theta ",
  α: "\\alpha ",
  β: "\\beta ",
  γ: "\\gamma ",
  λ: "\\lambda ",
  φ: "\\phi ",
  ω: "\\omega ",
  "∞": "\\infty ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∈": "\\in ",
  "∅": "\\emptyset ",
  ℝ: "\\mathbb{R}",
  "≤": "\\le ",
  "≥": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "±": "\\pm ",
  "∓": "\\mp ",
  "√": "\\sqrt ",
  "°": "^\\circ ",
  "²": "^{2}",
  "³": "^{3}",
  "⁴": "^{4}",
  "½": "\\frac{1}{2}",
  "¼": "\\frac{1}{4}",
  "¾": "\\frac{3}{4}",
  "⅓": "\\frac{1}{3}",
  "⅔": "\\frac{2}{3}",
  "％": "%",
  "，": ",",
  "（": "(",
  "）": ")",
  "＝": "=",
  "⟨": "(",
  "⟩": ")",
  "“": "",
  "”": "",
  "€": "",
  "£": "",
  "¥": "",
  "₹": "",
  "₽": "",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u200b": "",
};
const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "gu");

/** Commands that mean the same as another, or nothing. */
const SAME: Readonly<Record<string, string>> = {
  dfrac: "\\frac",
  tfrac: "\\frac",
  cfrac: "\\frac",
  leq: "\\le ",
  geq: "\\ge ",
  leqslant: "\\le ",
  geqslant: "\\ge ",
  lt: "<",
  gt: ">",
  neq: "\\ne ",
  ast: "\\cdot ",
  lbrace: "\\{",
  rbrace: "\\}",
  lbrack: "[",
  rbrack: "]",
  langle: "(",
  rangle: ")",
  lvert: "|",
  rvert: "|",
  vert: "|",
  varnothing: "\\emptyset ",
  degree: "^\\circ ",
  degrees: "^\\circ ",
  colon: ":",
  land: "\\text{and}",
  lor: "\\text{or}",
  wedge: "\\text{and}",
  vee: "\\text{or}",
  sim: "\\approx ",
  arcsec: "\\arcsec ",
  mbox: "\\text",
  textnormal: "\\text",
  textrm: "\\text",
  textbf: "\\text",
  textit: "\\text",
  mathrm: "\\text",
  mathit: "\\text",
  mathbf: "\\text",
  mathsf: "\\text",
  operatorname: "\\text",
  hbox: "\\text",
  rm: "",
  bf: "",
  displaystyle: "",
  textstyle: "",
  limits: "",
  nolimits: "",
  left: "",
  right: "",
  big: "",
  Big: "",
  bigl: "",
  bigr: "",
  Bigl: "",
  Bigr: "",
  bigg: "",
  Bigg: "",
  biggl: "",
  biggr: "",
  quad: " ",
  qquad: " ",
  thinspace: "",
  boldsymbol: "",
  pounds: "",
  euro: "",
  ldots: " ",
  dots: " ",
  cdots: " ",
  percent: "%",
  infin: "\\infty ",
};

/** Words that are functions where they stand without a backslash. */
const FUNCTION =
  /(?<![\\A-Za-z])(sqrt|arcsin|arccos|arctan|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|infinity|infty|inf|oo)(?![A-Za-z])/g;
const FUNCTION_NAMES: Readonly<Record<string, string>> = { infinity: "\\infty ", inf: "\\infty ", oo: "\\infty " };

/** The text in one spelling. Never longer than a small multiple of what was given. */
export function tidyLatex(text: string): string {
  const plain = text
    .replace(SIGN, (sign) => SIGNS[sign] ?? sign)
    .replace(/\\(?:left|right) ?\./g, "")
    .replace(/\s+/g, " ");
  const commands = oneSpelling(
    plain.includes("matrix") || plain.includes("array") ? plain : plain.replace(/\\\\(?=[A-Za-z{}])/g, "\\"),
  );
  const signs = commands
    .replaceAll("!=", "\\ne ")
    .replaceAll("<=", "\\le ")
    .replaceAll(">=", "\\ge ")
    .replace(/(?<=[\w)}])\*\*(?=[\w({-])/g, "^")
    .replaceAll("**", "")
    .replace(/\*/g, "\\cdot ")
    .replace(FUNCTION, (_, name: string) => FUNCTION_NAMES[name] ?? `\\${name} `)
    .replace(/\\text ?\{ ?(\\[a-z]+) ?\}/g, "$1 ");
  return braced(oneNumber(signs)).replace(/ +/g, " ").trim();
}

/** One pass over the commands. */
function oneSpelling(text: string): string {
  return text.replace(/\\([A-Za-z]+|[^A-Za-z])\s?/g, (whole, name: string) => {
    const same = Object.hasOwn(SAME, name) ? SAME[name] : undefined;
    if (same !== undefined) return same;
    if (name === "$" || name === "!" || name === "(" || name === ")") return "";
    if (name === "," || name === ";" || name === ":" || name === " ") return " ";
    if (name === "%") return "%";
    return whole;
  });
}

/** Separators of thousands, decimal marks, degrees. */
function oneNumber(text: string): string {
  return text
    .replaceAll("$", "")
    .replace(/\{\s?,\s?\}/g, ",")
    .replace(/(\d) (?=\d{3}(?!\d))/g, "$1")
    .replace(/\^ ?(?:\\circ|\{ ?\\circ ?\})/g, "")
    .replace(/^(-?0),(?=\d\d+$)/, "$1.")
    .replace(/(^|[^\d])\.(?=\d)/g, "$10.")
    .replace(/(\d)[eE]([-+]?\d{1,3})(?![\d.A-Za-z])/g, "$1\\times 10^{$2}");
}

const ARGUMENT_COMMAND = /\\(frac|sqrt|binom|overline) ?/g;

/** Braces around one-sign arguments: `\frac12`, `\sqrt3`, `x^2`, `\frac 3{4}`; `\sqrt(x+1)` too. */
function braced(text: string): string {
  let out = "";
  let at = 0;
  ARGUMENT_COMMAND.lastIndex = 0;
  for (let found = ARGUMENT_COMMAND.exec(text); found !== null; found = ARGUMENT_COMMAND.exec(text)) {
    if (found.index < at) continue;
    const name = found[1] ?? "";
    out += text.slice(at, found.index) + `\\${name}`;
    at = found.index + found[0].length;
    if (name === "sqrt" && text[at] === "[") {
      const end = text.indexOf("]", at);
      if (end < 0) continue;
      out += text.slice(at, end + 1);
      at = end + 1;
    }
    const wanted = name === "frac" || name === "binom" ? 2 : 1;
    for (let i = 0; i < wanted; i++) {
      while (text[at] === " ") at++;
      const argument = bareArgument(text, at, name === "sqrt");
      if (argument === null) break;
      out += `{${argument.text}}`;
      at = argument.end;
    }
    ARGUMENT_COMMAND.lastIndex = at;
  }
  return out + text.slice(at);
}

/** An argument that stands without braces at `at`, or null where a brace opens or nothing is. */
function bareArgument(
  text: string,
  at: number,
  parentheses: boolean,
): { readonly text: string; readonly end: number } | null {
  const sign = text[at];
  if (sign === undefined || sign === "{") return null;
  if (parentheses && sign === "(") {
    const end = closingParenthesis(text, at);
    return end < 0 ? null : { text: text.slice(at + 1, end), end: end + 1 };
  }
  if (sign === "\\") {
    const command = /^\\[A-Za-z]+ ?/.exec(text.slice(at, at + 20))?.[0];
    return command === undefined ? null : { text: command.trim(), end: at + command.length };
  }
  if (parentheses && /\d/.test(sign)) {
    const digits = /^\d+/.exec(text.slice(at, at + 20))?.[0] ?? sign;
    return { text: digits, end: at + digits.length };
  }
  return /[0-9A-Za-z]/.test(sign) ? { text: sign, end: at + 1 } : null;
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < Math.min(text.length, open + 200); i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}
