/** A tool of your own: what a thing cost in a month. The till is busy now and then; asking again helps. */
import { tool } from "aepo";
import { z } from "zod";

export interface Price {
  readonly item: string;
  readonly month: string;
  readonly price: string;
}

/**
 * The state of a path is a number that says when the till is busy. A tool keeps nothing itself: what a call changes, it returns
 * as the next state ({ text, state }), so that a path can be forked anywhere.
 */
export function priceTool(prices: readonly Price[]) {
  const known = new Map(prices.map(({ item, month, price }) => [`${item} ${month}`, price]));
  return tool<string, number>({
    name: "price",
    description: "what a thing cost in a month: the thing, then the month",
    input: z.string().max(60),
    // What a tool throws is a failed call: the policy is told why, and goes on.
    execute(asked, { state, call }) {
      if (isBusy(state, call)) return "busy";
      const price = known.get(asked.trim());
      if (price === undefined) throw new Error(`nobody sold ${asked}`);
      return price;
    },
  });
}

/** One call in three, the first one included. */
export function isBusy(state: number, call: number): boolean {
  return (state + call) % 3 === 0;
}
