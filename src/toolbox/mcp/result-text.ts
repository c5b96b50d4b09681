/** What a server answered, as the text that a policy reads: texts as they are, of everything else what it is. */
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";

/** Throws what a result says that is marked as an error. */
export function resultText({ content, structuredContent, isError }: CallToolResult): string {
  const blocks = content.map(blockText);
  // Servers that answer with data say it as text, too; where one does not, the data is all there is.
  const hasText = content.some(({ type }) => type === "text");
  const data = !hasText && structuredContent !== undefined ? [JSON.stringify(structuredContent)] : [];
  const text = [...blocks, ...data].join("\n");
  if (isError === true) throw new Error(text.trim() === "" ? "the tool failed and did not say why" : text);
  return text;
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
    case "audio":
      return `[${block.type} ${block.mimeType}, ${bytesOf(block.data)} bytes]`;
    case "resource_link":
      return `[${block.title ?? block.name}](${block.uri})`;
    case "resource": {
      const { resource } = block;
      if ("text" in resource) return resource.text;
      return `[${resource.uri} ${resource.mimeType ?? "binary data"}, ${bytesOf(resource.blob)} bytes]`;
    }
    default:
      return `[${(block as { readonly type: string }).type}]`;
  }
}

function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}
