/** Which files of a data set's repository are meant: one, those of a pattern, or the only ones there are. */
import { AepoError } from "../../std/errors.ts";
import { listed } from "./selection.ts";
import { hubName, type HubSpec } from "./spec.ts";

/** `test-00000-of-00003.parquet`: a part, and how many there are. */
const PART = /^(.*)-(\d{5,6})-of-(\d{5,6})(\.[^/]*)$/s;

/** Sorted by name, at least one, all parts of what is in parts. */
export function selectDataFiles(
  spec: HubSpec,
  paths: ReadonlySet<string>,
  isData: (path: string) => boolean,
): string[] {
  const data = [...paths].filter(isData).sort();
  const selected = spec.file === null ? data : data.filter(matcher(spec.file));
  const [first] = data;
  if (selected.length === 0) {
    const what = spec.file === null ? "has no data files" : `has no data file ${JSON.stringify(spec.file)}`;
    throw new AepoError("policy", `${hubName(spec)} ${what}`, {
      expected: "JSON lines, JSON, CSV or Parquet",
      exists: listed(first === undefined ? [...paths].sort() : data),
      ...(first === undefined ? {} : { fix: "name one of these" }),
    });
  }
  const stems = new Set(selected.map((path) => PART.exec(path)?.[1] ?? path));
  if (spec.file === null && stems.size > 1) {
    const [stem = ""] = stems;
    const example = selected.includes(stem) ? stem : `${stem}-*`;
    throw new AepoError("policy", `${hubName(spec)} holds several data files: say which`, {
      exists: listed(data),
      fix: `name one, or a pattern, e.g. ${hubName(spec, example)}`,
    });
  }
  checkParts(spec, selected, paths);
  return selected;
}

/** `*`: any part of a name; `**`: also across folders. */
function matcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .split(/(\*+)/)
    .map((piece, i) => (i % 2 === 0 ? piece.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") : piece === "*" ? "[^/]*" : ".*"));
  const whole = new RegExp(`^${source.join("")}$`, "s");
  return (path) => whole.test(path);
}

/** A data set that lacks a part would be a smaller one, in silence. One that is named alone is meant alone. */
function checkParts(spec: HubSpec, selected: readonly string[], paths: ReadonlySet<string>): void {
  if (spec.file !== null && !spec.file.includes("*")) return;
  const seen = new Set<string>();
  for (const path of selected) {
    const [, stem = "", number = "", of = "", ending = ""] = PART.exec(path) ?? [];
    if (of === "" || seen.has(`${stem} ${of}`)) continue;
    seen.add(`${stem} ${of}`);
    for (let i = 0; i < Number(of); i++) {
      const part = `${stem}-${String(i).padStart(number.length, "0")}-of-${of}${ending}`;
      if (paths.has(part)) continue;
      if (spec.file !== null && !matcher(spec.file)(part)) continue;
      throw new AepoError("policy", `${hubName(spec)} lacks ${part}, a part of ${stem}`, {
        exists: listed([...paths].filter((one) => one.startsWith(`${stem}-`)).sort()),
      });
    }
  }
}
