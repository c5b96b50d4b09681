/** Where a program is: by its path, or by its name in PATH. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/** Absolute, or null if there is none. A name with a slash is a path, relative to `folder`. */
export function findProgram(name: string, path = process.env["PATH"] ?? "", folder = process.cwd()): string | null {
  if (isAbsolute(name) || name.includes("/")) return programAt(resolve(folder, name));
  for (const place of path.split(delimiter)) {
    const found = place === "" ? null : programAt(join(place, name));
    if (found !== null) return found;
  }
  return null;
}

function programAt(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : null;
  } catch {
    return null;
  }
}
