/**
 * What a server is told of where to stop: texts or single tokens, not both, and no sequences. It is told what it can be told, to
 * save tokens; where a continuation really ends is found here (`cut.ts`).
 */
import type { SampleRequest } from "../../../policy/policy.ts";
import type { TokenBytes } from "../../../policy/stop-texts.ts";

export function stopParameters(
  { stop, stopTexts = [] }: Pick<SampleRequest, "stop" | "stopTexts">,
  tokenBytes: TokenBytes | undefined,
): readonly number[] | readonly string[] {
  const single = stop.flatMap((sequence) => (sequence.length === 1 ? sequence : []));
  const onlySingle = stopTexts.length === 0 && single.length === stop.length;
  if (onlySingle || tokenBytes === undefined) return [...new Set(single)];
  const texts = [...stopTexts, ...stop.flatMap((sequence) => textOf(sequence, tokenBytes) ?? [])];
  return [...new Set(texts)];
}

/** Null for bytes that are no text. */
function textOf(sequence: readonly number[], tokenBytes: TokenBytes): string | null {
  const bytes = sequence.flatMap((id) => [...tokenBytes(id)]);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    return text === "" ? null : text;
  } catch {
    return null;
  }
}
