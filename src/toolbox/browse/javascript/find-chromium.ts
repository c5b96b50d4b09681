/** Where the system's Chromium is. */
import { AepoError } from "../../../std/errors.ts";
import { findProgram } from "../../find-program.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Throws AepoError("config") if there is none at the given place, or none at all. */
export function findChromium(given: string | undefined, path = process.env["PATH"] ?? ""): string {
  for (const name of given === undefined ? [...NAMES, ...MAC] : [given]) {
    const found = findProgram(name, path);
    if (found !== null) return found;
  }
  if (given !== undefined) {
    throw new AepoError("config", `browse.executablePath: there is no program ${given}`, {
      fix: "give the path of a Chromium or Chrome, or leave it out to take the system's",
    });
  }
  throw new AepoError("config", "browse runs JavaScript pages in Chromium, and there is none", {
    expected: `one of ${NAMES.join(", ")} in PATH`,
    fix: "install Chromium (apt install chromium), give its path as browse.executablePath, or set browse.javascript: never",
  });
}
