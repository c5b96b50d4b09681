import { expect, it } from "vitest";
import { renderFinding, renderVerdict } from "./checkup-text.ts";

const finding = {
  name: "engine on cpu",
  state: "works",
  found: "143 GFLOPS",
  fix: null,
  required: true,
  values: {},
} as const;

it("says in a line what was found, and under it what to do; long lines are broken", () => {
  expect(renderFinding(finding)).toBe("works    engine on cpu     143 GFLOPS");
  const broken = {
    ...finding,
    state: "fails",
    found: `it does not run ${"and ".repeat(30)}so on`,
    fix: "install it",
  } as const;
  const lines = renderFinding(broken).split("\n");
  expect(lines[0]).toMatch(/^fails {4}engine on cpu {5}it does not run and/);
  expect(lines.at(-2)).toMatch(/\(nothing can be trained without it\)$/);
  expect(lines.at(-1)).toBe(`${" ".repeat(27)}→ install it`);
  expect(lines.every((line) => line.length <= 118)).toBe(true);
  expect(renderVerdict([finding, finding, broken])).toBe("2 work, 0 missing, 1 failing");
});
