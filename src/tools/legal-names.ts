/** Names of tools that others made, as our contract has them: lower-case letters, digits and `_`. */
import { AepoError } from "../std/errors.ts";

/** `getWeather`, `get-weather` and `Get Weather` are all `get_weather`. */
function legalName(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}

/**
 * One legal name for each, in order, `prefix` and `_` before it. Throws AepoError("config") for a name without a letter or digit,
 * and where two become the same; `where` says whose they are.
 */
export function legalNames(names: readonly string[], where: string, prefix = ""): readonly string[] {
  const taken = new Map<string, string>();
  return names.map((name) => {
    const plain = legalName(name);
    if (plain === "") {
      throw new AepoError("config", `${where} has a tool named ${JSON.stringify(name)}`, {
        expected: "a name with a letter a to z or a digit in it",
      });
    }
    const legal = prefix === "" ? plain : `${prefix}_${plain}`;
    const other = taken.get(legal);
    if (other !== undefined) {
      throw new AepoError("config", `two tools of ${where} would be named ${legal}`, {
        exists: `${JSON.stringify(other)} and ${JSON.stringify(name)}`,
        fix: "leave one of them out",
      });
    }
    taken.set(legal, name);
    return legal;
  });
}
