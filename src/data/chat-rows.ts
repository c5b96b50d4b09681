/** Conversations for supervised training out of a data file: which column holds them is told or found, every row is checked. */
import type { ChatMessage, ChatTool } from "../chat/chat-message.ts";
import { stringOf } from "./fields.ts";
import { fileRows } from "./file-rows.ts";
import { messagesOf } from "./messages.ts";
import { repairReport, repairText } from "./repair-text.ts";
import { dataError, type Row } from "./row.ts";
import { toolsOf } from "./tools.ts";

export interface ChatRow {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  /** For messages about it. */
  readonly place: string;
}

export interface ChatRowOptions {
  /** Default: the first of `messages`, `conversations`, `prompt` that the row has; `tools` where there are any. */
  readonly columns?: { readonly messages?: string | undefined; readonly tools?: string | undefined } | undefined;
  /** Told at the end of the file what had to be repaired. */
  readonly onWarning?: (text: string) => void;
}

const MESSAGE_COLUMNS = ["messages", "conversations", "conversation", "prompt"];

export async function* chatRows(
  path: string,
  { columns = {}, onWarning }: ChatRowOptions = {},
): AsyncGenerator<ChatRow> {
  const repairs = { counts: new Map<string, number>() };
  const mend = (text: string): string => repairText(text, repairs);
  const { rows } = await fileRows(path, onWarning === undefined ? {} : { hub: { onNotice: onWarning } });
  for await (const row of rows) {
    const { place } = row;
    const column = messageColumn(row, columns.messages);
    const tools = toolColumn(row, columns.tools);
    const messages = messagesOf({ value: row.values[column], path: column, place }, mend);
    yield {
      messages: [...systemColumn(row, messages, mend), ...messages],
      tools: tools === null ? [] : toolsOf({ value: row.values[tools] ?? undefined, path: tools, place }),
      place,
    };
  }
  const report = repairReport(path, repairs);
  if (report !== null) onWarning?.(report);
}

function messageColumn({ values, place }: Row, told: string | undefined): string {
  const has = (name: string): boolean => Object.hasOwn(values, name) && values[name] !== null;
  const found = (told === undefined ? MESSAGE_COLUMNS : [told]).find(has);
  if (found !== undefined) return found;
  throw dataError(place, told === undefined ? "no column of messages" : `no column "${told}"`, {
    ...(told === undefined ? { expected: MESSAGE_COLUMNS.join(", ") } : {}),
    exists: Object.keys(values).join(", "),
    ...(told === undefined ? { fix: "say which column holds the messages" } : {}),
  });
}

/** ShareGPT's files may keep what the model is told first in a column of its own. */
function systemColumn({ values, place }: Row, messages: readonly ChatMessage[], mend: (text: string) => string) {
  const value = values["system"] ?? "";
  if (value === "" || messages[0]?.role === "system") return [];
  return [{ role: "system" as const, content: mend(stringOf({ value, path: "system", place })) }];
}

function toolColumn({ values, place }: Row, told: string | undefined): string | null {
  if (Object.hasOwn(values, told ?? "tools")) return told ?? "tools";
  if (told === undefined) return null;
  throw dataError(place, `no column "${told}"`, { exists: Object.keys(values).join(", ") });
}
