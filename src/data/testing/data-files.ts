/** Data files in a folder of their own, for tests, and the messages of what goes wrong with them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

export interface DataFolder {
  write(name: string, content: string | Uint8Array): string;
  /** The message of what reading throws, with FOLDER for the folder. */
  failure(rows: () => AsyncIterable<unknown>): Promise<string>;
}

export function useDataFolder(): DataFolder {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aepo-data-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    write(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    async failure(rows) {
      try {
        const all = await collect(rows());
        return `no error, but ${all.length} rows`;
      } catch (thrown) {
        return (thrown as Error).message.replaceAll(folder, "FOLDER");
      }
    },
  };
}

export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
