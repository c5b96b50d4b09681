/** What an AI SDK tool returned, as the text that a policy reads. */

/** `said` is what `toModelOutput` made of the output, null without one. Throws where it says that the call failed. */
export function aiSdkText(said: unknown, output: unknown): string {
  if (said === null) return textOf(output);
  const { type, value, reason } = said as {
    readonly type?: unknown;
    readonly value?: unknown;
    readonly reason?: unknown;
  };
  switch (type) {
    case "text":
    case "json":
      return textOf(value);
    case "content":
      return (Array.isArray(value) ? value : []).map(partText).join("\n");
    case "error-text":
    case "error-json":
      throw new Error(textOf(value));
    case "execution-denied":
      throw new Error(typeof reason === "string" ? reason : "the call was denied");
    default:
      throw new Error(`its toModelOutput made ${JSON.stringify(type) ?? "nothing"}, which is no text`);
  }
}

/** Texts as they are, everything else as JSON; nothing for undefined. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function partText(part: unknown): string {
  const { type, text, url, mediaType, filename } = part as Readonly<Record<string, unknown>>;
  if (type === "text" && typeof text === "string") return text;
  return `[${[type, filename, url, mediaType].filter((word) => typeof word === "string").join(" ")}]`;
}
