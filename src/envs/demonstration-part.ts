/** A part of a demonstration from a text of a dialect, special tokens kept apart. */
import { plainText, type Text } from "../policy/text-parts.ts";
import type { DemonstrationPart } from "./task.ts";

export function demonstrated(by: DemonstrationPart["by"], text: Text): DemonstrationPart {
  return { by, text: plainText(text), ...(typeof text === "string" ? {} : { parts: text }) };
}
