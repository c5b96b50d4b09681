/** A folder of a test's own, with the files it writes, and what an index of them finds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type IndexSettings, indexSettingsSchema } from "../index/index-settings.ts";
import { type FreshIndex, openIndex } from "../index/open-index.ts";

export const SETTINGS: IndexSettings = indexSettingsSchema.parse({});

export interface CorpusFolder {
  readonly root: string;
  /** Writes it; its path. */
  file(name: string, content: string | Uint8Array): string;
  remove(): void;
}

export function corpusFolder(): CorpusFolder {
  const root = mkdtempSync(join(tmpdir(), "aepo-index-"));
  return {
    root,
    file(name, content) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Rows as JSON lines. */
export function lines(...rows: readonly unknown[]): string {
  return `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
}

export async function titles(
  place: { readonly corpus?: string; readonly index?: string },
  query: string,
  settings: IndexSettings = SETTINGS,
): Promise<string[]> {
  const index = await openIndex(place, settings);
  try {
    return index.search(query, 10).map(({ title }) => title);
  } finally {
    index.close();
  }
}

export function findings({ header }: FreshIndex): Readonly<Record<string, unknown>> {
  return Object.fromEntries(header.findings);
}
