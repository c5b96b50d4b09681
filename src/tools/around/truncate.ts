/** A result of more tokens is cut, and says how much of it is missing. What failed is not touched. */
import { type Around, wrapped } from "./around.ts";
import { type CountTokens, type CutOptions, cutText } from "./cut-text.ts";

export function truncate(options: CutOptions, count: CountTokens): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      const output = await inner(input, context);
      const { text, tokensCut } = cutText(output.text, options, count);
      if (context.notes !== undefined) context.notes.tokensCut += tokensCut;
      return { ...output, text };
    });
}
