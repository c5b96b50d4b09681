/** The calculator as a tool: one expression in, its value out. Needs nothing of the machine and keeps no state. */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { type Tool, tool } from "../tool.ts";
import { evaluate } from "./evaluate.ts";
import { CONSTANTS, FUNCTIONS } from "./functions.ts";
import { printed } from "./print.ts";

/** Schema of the options of `calculatorTool`. */
export const calculatorToolOptionsSchema = z.strictObject({
  digits: z.int().min(3).max(17).default(15).describe("significant digits of a result that has no end, such as 1/3"),
});

export type CalculatorToolOptions = z.input<typeof calculatorToolOptionsSchema>;

/** Throws AepoError("config") for bad options. What is wrong with an expression is a failed call that says where. */
export function calculatorTool(options: CalculatorToolOptions = {}): Tool<{ expression: string }> {
  const digits = digitsOf(options);
  return tool({
    name: "calculator",
    description:
      "Computes an arithmetic expression exactly, such as (3 + 4) * 2^10 / 7. Operators: + - * / % (remainder) ^ ! and " +
      `parentheses. Functions, angles in radians: ${[...FUNCTIONS.keys()].join(", ")}. Constants: ${[...CONSTANTS.keys()].join(", ")}.`,
    input: z.strictObject({ expression: z.string().describe("the expression") }),
    execute: ({ expression }) => printed(evaluate(expression), digits),
  });
}

function digitsOf(options: CalculatorToolOptions): number {
  const parsed = calculatorToolOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data.digits;
  const faults = parsed.error.issues.map(({ path, message }) => `${["calculator", ...path].join(".")}: ${message}`);
  throw new AepoError("config", `bad options of calculator: ${faults.join("; ")}`, { expected: "fields digits" });
}
