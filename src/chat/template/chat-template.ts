/**
 * A model's chat template: Jinja as transformers sets it up (blocks trimmed, `raise_exception`, `tojson`, `strftime_now`), with
 * Python's semantics. A template comes from wherever the model came from: it gets values and gives text, nothing else, and
 * ranges in it are as short as jinja2's sandbox has them.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { AepoError, messageOf } from "../../std/errors.ts";
import { dateFormatter } from "./date-format.ts";
import { FUNCTIONS, type Scope } from "./functions.ts";
import { FUNCTION_PREFIX, type Node, withPythonSemantics } from "./python-syntax.ts";
import type { Value } from "./values.ts";

export interface TemplateValues {
  readonly [name: string]: unknown;
}

export interface ChatTemplate {
  /** Whether the template itself says which text is the assistant's. */
  readonly marksGeneration: boolean;
  /** `date` (ISO) is what strftime_now knows; without it the template finds that there is no such function. */
  render(values: TemplateValues, options?: { readonly date?: string; readonly marks?: Marks }): string;
}

/** Written where the assistant's text begins and ends. */
export type Marks = readonly [begin: string, end: string];

const GENERATION = /\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}/g;
const MARKS = ["aepo_generation_begin", "aepo_generation_end"] as const;
/** jinja2.sandbox.MAX_RANGE. */
const MAX_RANGE = 100_000;

/** Throws on a template that cannot be read. */
export function chatTemplate(source: string): ChatTemplate {
  const program = compile(source);
  return {
    marksGeneration: source.search(GENERATION) >= 0,
    render: (values, { date, marks = ["", ""] } = {}) => {
      const environment = environmentOf(date);
      const all = { ...values, [MARKS[0]]: marks[0], [MARKS[1]]: marks[1] };
      for (const [name, value] of Object.entries(all))
        environment.setVariable(name, new Environment().set(name, value));
      try {
        return String(new Interpreter(environment).run(program).value);
      } catch (thrown) {
        if (thrown instanceof AepoError) throw thrown;
        throw new AepoError("policy", `the chat template cannot be rendered: ${messageOf(thrown)}`, { cause: thrown });
      }
    },
  };
}

function compile(source: string): Node {
  // As blocks of their own the marks keep what the tags say about white space around them.
  const marked = source.replace(GENERATION, (_, left: string, end: string | undefined, right: string) =>
    end === undefined
      ? `{%${left} if true %}{{ ${MARKS[0]} }}{% if true ${right}%}`
      : `{%${left} endif %}{{ ${MARKS[1]} }}{% endif ${right}%}`,
  );
  try {
    return withPythonSemantics(parse(tokenize(marked, { lstrip_blocks: true, trim_blocks: true })) as Node);
  } catch (thrown) {
    throw new AepoError("policy", `the chat template cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function environmentOf(date: string | undefined): Environment {
  const environment = new Environment();
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  const format = date === undefined ? undefined : dateFormatter(date);
  if (format === null) {
    throw new AepoError("policy", `"${date}" is no date`, {
      expected: "a date such as 2026-01-31, or with T12:00:00Z",
    });
  }
  const globals = {
    ...constants,
    range,
    raise_exception: refuse,
    ...(format === undefined ? {} : { strftime_now: format }),
  };
  for (const [name, value] of Object.entries(globals)) environment.set(name, value);
  // The library gives functions of ours plain values; with its own class they get the interpreter's.
  const plain = environment.set("python", () => null);
  const OwnFunction = plain.constructor as new (run: (args: Value[], scope: Scope) => unknown) => typeof plain;
  environment.variables.delete("python");
  for (const [name, run] of Object.entries(FUNCTIONS)) {
    const own = new OwnFunction((args, scope) => new Environment().set("value", run(args, scope)));
    environment.setVariable(FUNCTION_PREFIX + name, own);
  }
  return environment;
}

function refuse(message: unknown): never {
  throw new AepoError("policy", `the chat template refuses the conversation: ${String(message)}`);
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MAX_RANGE)) throw new Error(`a range of ${length} numbers; at most ${MAX_RANGE}`);
  return Array.from({ length }, (_, i) => from + i * step);
}
