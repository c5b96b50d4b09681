import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Claim, claim } from "./claim.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-claim-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const leave = (name: string, holder: object): void => writeFileSync(join(folder, name), JSON.stringify(holder));

function release(taken: Claim): void {
  if (!taken.held) throw new Error(`held by ${JSON.stringify(taken.by)}`);
  taken.release();
}

it("one process has it, until it lets go", () => {
  const first = claim(folder, "a");
  expect(claim(folder, "a")).toMatchObject({ held: false, by: { pid: process.pid }, file: join(folder, "a.0") });
  release(claim(folder, "b"));
  release(first);
  release(claim(folder, "a"));
  expect(readdirSync(folder)).toEqual([]);
});

it("that of a dead process is taken over, once, and what the dead one left stays out of the way", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  leave("a.3", { pid: child.pid, host: hostname(), started: null });
  const taken = claim(folder, "a");
  expect(taken.held).toBe(true);
  expect(claim(folder, "a").held).toBe(false);
  expect(readdirSync(folder)).toEqual(["a.3", "a.4"]);
  release(taken);
  release(claim(folder, "a"));
});

it("that of a process whose number another one got is dead", () => {
  leave("a.0", { pid: process.pid, host: hostname(), started: "1" });
  expect(claim(folder, "a").held).toBe(process.platform === "linux");
});

it("of one on another machine nothing is known: it is left alone", () => {
  leave("a.0", { pid: 1, host: "elsewhere.invalid", started: "7" });
  expect(claim(folder, "a")).toMatchObject({ held: false, by: { host: "elsewhere.invalid" } });
});

it("of many processes at once exactly one takes over", async () => {
  leave("a.0", { pid: 2 ** 22 + 7, host: hostname(), started: null });
  mkdirSync(join(folder, "go"));
  const script = `import { claim } from ${JSON.stringify(new URL("./claim.ts", import.meta.url).href)};
const { held } = claim(${JSON.stringify(folder)}, "a");
process.stdout.write(held ? "1" : "0");
// Alive until all have looked.
process.stdin.on("data", () => process.exit(0));`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]),
  );
  const answers = await Promise.all(
    children.map(
      (child) =>
        new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => resolve(data.toString()))),
    ),
  );
  for (const child of children) child.stdin.write("x");
  expect(answers.sort().join("")).toBe("0001");
});
