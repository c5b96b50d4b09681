/** Settings in which methods differ: every field of their resolved recipes that has not the same value in all of them. */

export interface DifferingField {
  readonly field: string;
  /** As JSON, one a recipe; "–": it has no such field. */
  readonly values: readonly string[];
}

export function differingFields(recipes: readonly object[]): DifferingField[] {
  const tables = recipes.map((recipe) => new Map(leaves(recipe)));
  const fields = [...new Set(tables.flatMap((table) => [...table.keys()]))];
  return fields
    .map((field) => ({ field, values: tables.map((table) => table.get(field) ?? "–") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function leaves(value: object, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (inner === undefined) return [];
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) return leaves(inner as object, path);
    return [[path, JSON.stringify(inner)]];
  });
}
