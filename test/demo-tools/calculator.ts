/** The calculator: exact results, and what it says to nonsense. */
import { calculatorTool } from "../../src/tools/calculator/calculator-tool.ts";
import { called, textOf, type ToolDemo, tried } from "./tool-demo.ts";

export const demo: ToolDemo = {
  name: "calculator",
  async rows() {
    const calculator = calculatorTool();
    const ask = (expression: string) => async () => textOf(await called(calculator, { expression }));
    return [
      await tried("0.1 + 0.2", ask("0.1 + 0.2"), "0.3"),
      await tried("2^100 - 1", ask("2^100 - 1"), "1267650600228229401496703205375"),
      await tried("1000 * (1 + 0.05/365)^(365*30)", ask("1000 * (1 + 0.05/365)^(365*30)"), "4481.22868852452"),
      await tried("9^9^9^9", ask("9^9^9^9"), "the result is too large"),
      await tried("process.exit(1)", ask("process.exit(1)"), /^"\." at 8 is no part of an expression/),
      await tried("200 open parentheses", ask("(".repeat(200)), "the expression is nested deeper than 100"),
    ];
  },
};
