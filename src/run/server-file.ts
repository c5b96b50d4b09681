/**
 * What a run has open on a server, written into its folder: if this process dies, whoever resumes the run frees it, since a server
 * may have room for few models and keeps those of a silent client for minutes.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomic } from "./atomic.ts";
import { withFileErrors } from "./failures.ts";

const serverSchema = z.object({ url: z.string(), session: z.string(), models: z.array(z.string()) });
export type OpenOnServer = z.output<typeof serverSchema>;

export interface ServerFile {
  /** What an earlier process left; null: nothing, or nothing that can be read. */
  left(): OpenOnServer | null;
  begin(url: string, session: string): void;
  /** A model is there now. */
  add(model: string): void;
  /** Everything is closed. */
  clear(): void;
}

export function serverFile(path: string): ServerFile {
  let open: OpenOnServer = { url: "", session: "", models: [] };
  const write = (): void => writeFileAtomic(path, `${JSON.stringify(open, null, 2)}\n`);
  return {
    left() {
      if (!existsSync(path)) return null;
      try {
        return serverSchema.parse(JSON.parse(readFileSync(path, "utf8")));
      } catch {
        // Half of it at most is lost: the server ends the session by itself.
        return null;
      }
    },
    begin(url, session) {
      open = { url, session, models: [] };
      write();
    },
    add(model) {
      open = { ...open, models: [...open.models, model] };
      write();
    },
    clear: () => withFileErrors("remove", path, () => rmSync(path, { force: true })),
  };
}
