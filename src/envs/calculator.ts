/**
 * The second built-in task: a chain of 2 to 5 operations, left to right modulo 100, with a calculator that takes one
 * operation a call and is sometimes busy. Numbers are one token each, so nothing but the tool gives the result.
 */
import { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { derivedSeed, type RandomStream, randomStream } from "../std/random.ts";
import { tool } from "../tools/tool.ts";
import { defineTask } from "./define.ts";
import type { QuestionDraft } from "./definition.ts";
import { tagWords } from "./dialects/tags.ts";
import type { Demonstration, Probe, Question, Split, Task } from "./task.ts";
import { wordsOf } from "./words.ts";

const share = z.number().min(0).max(1);

/** Schema of the options of `calculatorTask`; all have defaults, unknown ones are errors. */
export const calculatorOptionsSchema = z.strictObject({
  operations: z
    .array(z.number().int().min(1).max(8))
    .min(1)
    .default([2, 3, 4, 5])
    .describe("numbers of operations, equally likely"),
  busyRate: z.number().min(0).max(0.9).default(0.12).describe("share of calls answered with `busy`"),
  calls: z.number().int().min(1).max(64).default(10).describe("tool calls of a path at most"),
  tokens: z.number().int().min(32).max(4096).default(192).describe("tokens of a path at most"),
  seed: z.number().int().min(0).default(1).describe("seed of all questions and of when the tool is busy"),
  demonstrations: z
    .strictObject({
      call: share.default(0.6).describe("asks the tool instead of guessing"),
      retry: share.default(0.5).describe("asks again when the tool was busy"),
    })
    .prefault({})
    .describe("how often the demonstrations do what is useful; elsewhere they guess"),
});

export type CalculatorOptions = z.input<typeof calculatorOptionsSchema>;
type Settings = z.output<typeof calculatorOptionsSchema>;

/** Demonstrations that do everything right. */
export const carefulCalculator = { call: 1, retry: 1 } as const;

/** n20 * n45 + n7 is first 20, then * by 45, then + by 7. */
export interface CalculatorData {
  readonly first: number;
  readonly steps: readonly { readonly operator: Operator; readonly by: number }[];
}

/** Which question it is: the only thing that a call depends on besides its input and index. */
export interface CalculatorState {
  readonly question: string;
}

const operators = ["+", "-", "*"] as const;
type Operator = (typeof operators)[number];
const size = 100;
const numbers = Array.from({ length: size }, (_, value) => `n${value}`);

/** All words, `<pad>` at id 0. */
export const calculatorVocabulary: readonly string[] = [
  "<pad>",
  "<q>",
  "</q>",
  ...tagWords([{ name: "calc" }]),
  ...operators,
  ..."= ? first is ; then done busy again error".split(" "),
  ...numbers,
];

/** The task for the given options. Throws AepoError("config") for bad options. */
export function calculatorTask(options: CalculatorOptions = {}): Task<CalculatorData, CalculatorState> {
  const settings = calculatorSettings(options);
  return defineTask<CalculatorData, CalculatorState>({
    name: "calculator",
    description: "Chains of operations modulo 100, one calculator call an operation.",
    tools: [
      tool<string, CalculatorState>({
        name: "calc",
        description: "nA + nB, nA - nB or nA * nB, modulo 100",
        input: z.string(),
        execute: (input, { state, call }) => answerOf(settings, state.question, input, call),
      }),
    ],
    vocabulary: calculatorVocabulary,
    question: (split, index) => drawQuestion(settings, split, index),
    environment: { initial: ({ id }) => ({ question: id }), fork: (state) => state, replayable: true },
    limits: { calls: settings.calls, turns: settings.calls + 1, tokens: settings.tokens },
    entropyWindow: { tokens: 6 },
    demonstrate: (question, random) => runScript(settings, settings.demonstrations, question, random).demonstration,
    probes: (question, random) =>
      copyProbes(question.prompt, runScript(settings, settings.demonstrations, question, random).demonstration),
    stateKey: ({ id }) => id,
  });
}

/** After a result and `<think> is`, the number of the result follows. */
function copyProbes(prompt: string, { parts }: Demonstration): Probe[] {
  return parts.flatMap(({ text }, index) => {
    const [, expected] = /^<result> (n\d+) <\/result>$/.exec(text) ?? [];
    if (expected === undefined) return [];
    const before = [prompt, ...parts.slice(0, index + 1).map((part) => part.text)];
    return [{ prefix: `${before.join(" ")} <think> is`, expected }];
  });
}

function calculatorSettings(options: CalculatorOptions): Settings {
  const parsed = calculatorOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${["calculator", ...issue.path].join(".")}: ${issue.message}`);
  throw new AepoError("config", `bad options of calculator: ${faults.join("; ")}`, {
    expected: `fields ${Object.keys(calculatorOptionsSchema.shape).join(", ")}`,
  });
}

/** What the tool says: a number, `busy`, or `error` for anything that is not one operation. Never throws. */
function answerOf(settings: Settings, question: string, input: string, call: number): string {
  const words = wordsOf(input);
  if (derivedSeed(settings.seed, "busy", question, call, words.join(" ")) / 2 ** 48 < settings.busyRate) return "busy";
  const [left = "", sign, right = "", ...rest] = words;
  const operator = operators.find((one) => one === sign);
  const [a, b] = [numbers.indexOf(left), numbers.indexOf(right)];
  return operator === undefined || a < 0 || b < 0 || rest.length > 0 ? "error" : `n${apply(a, operator, b)}`;
}

function apply(left: number, operator: Operator, right: number): number {
  const value = { "+": left + right, "-": left - right, "*": left * right }[operator];
  return ((value % size) + size) % size;
}

/** Drawn until the expression belongs to the split (a hash decides) and the careful script answers it within the limits. */
function drawQuestion(settings: Settings, split: Split, index: number): QuestionDraft<CalculatorData> {
  const random = randomStream(settings.seed, "question", split, index);
  const id = `${split}/${index}`;
  for (let attempt = 0; attempt < 400; attempt++) {
    const first = random.integer(size);
    const steps = Array.from({ length: random.pick(settings.operations) }, () => ({
      operator: random.pick(operators),
      by: random.integer(size),
    }));
    const prompt = `<q> n${first} ${steps.map(({ operator, by }) => `${operator} n${by}`).join(" ")} = ? </q>`;
    if ((derivedSeed(0, "split", prompt) % 5 === 0) !== (split === "test")) continue;
    const value = steps.reduce((left, { operator, by }) => apply(left, operator, by), first);
    const question = { id, prompt, answers: [`n${value}`], data: { first, steps } };
    if (runScript(settings, carefulCalculator, question, random).complete) return question;
  }
  throw new AepoError("config", "calculator: 400 questions in a row cannot be answered within the limits", {
    exists: `${settings.calls} calls, ${settings.tokens} tokens, busy rate ${settings.busyRate}`,
    fix: "raise calculator.calls and calculator.tokens, or lower calculator.busyRate or the operations",
  });
}

// Words around a thought: `<think> … </think> <calc> n + n </calc> <result> n </result>`; of a further guess:
// ` ; then n + n is n`; and of the end: `<think> is n ; done </think> <answer> n </answer>`.
const [aroundThought, longestGuess, longestEnd] = [10, 7, 9] as const;

/** The scripted agent; `complete` says that it guessed nowhere. */
function runScript(
  settings: Settings,
  habits: Settings["demonstrations"],
  question: Question<CalculatorData>,
  random: RandomStream,
): { demonstration: Demonstration; complete: boolean } {
  const parts: Demonstration["parts"][number][] = [];
  let words = wordsOf(question.prompt).length;
  let calls = 0;
  let complete = true;
  /** True if a call fits the limits, even if all `left` operations after it are guessed. */
  const mayCall = (thought: string, left: number): boolean =>
    calls < settings.calls &&
    words + wordsOf(thought).length + aroundThought + longestGuess * left + longestEnd <= settings.tokens;
  const write = (by: "policy" | "tool", text: string): void => {
    parts.push({ by, text });
    words += wordsOf(text).length;
  };
  /** The tool's result, or a guess. */
  const ask = (thought: string, sum: string, left: number): string => {
    for (let said = thought; ; said = "busy ; again") {
      write("policy", `<think> ${said} </think> <calc> ${sum} </calc>`);
      const text = answerOf(settings, question.id, sum, calls++);
      write("tool", `<result> ${text} </result>`);
      if (text !== "busy") return text;
      if (random.uniform() >= habits.retry || !mayCall("busy ; again", left)) break;
    }
    complete = false;
    return random.pick(numbers);
  };
  let thought = "";
  let value = `n${question.data.first}`;
  for (const [index, { operator, by }] of question.data.steps.entries()) {
    const sum = `${value} ${operator} n${by}`;
    thought = `${thought}${index === 0 ? "first" : " ; then"} ${sum}`;
    const left = question.data.steps.length - index - 1;
    if (random.uniform() < habits.call && mayCall(thought, left)) {
      value = ask(thought, sum, left);
      thought = `is ${value}`;
    } else {
      complete = false;
      value = random.pick(numbers);
      thought = `${thought} is ${value}`;
    }
  }
  write("policy", `<think> ${thought} ; done </think> <answer> ${value} </answer>`);
  return { demonstration: { parts }, complete };
}
