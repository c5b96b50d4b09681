/** Where the system's Chromium is. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { AepoError } from "../../../std/errors.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Throws AepoError("config") if there is none at the given place, or none at all. */
export function findChromium(given: string | undefined, path = process.env["PATH"] ?? ""): string {
  if (given !== undefined) {
    if (isExecutable(given)) return given;
    throw new AepoError("config", `browse.executablePath: there is no program ${given}`, {
      fix: "give the path of a Chromium or Chrome, or leave it out to take the system's",
    });
  }
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const found = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...MAC].find(isExecutable);
  if (found !== undefined) return found;
  throw new AepoError("config", "browse runs JavaScript pages in Chromium, and there is none", {
    expected: `one of ${NAMES.join(", ")} in PATH`,
    fix: "install Chromium (apt install chromium), give its path as browse.executablePath, or set browse.javascript: never",
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
