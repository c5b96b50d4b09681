import { describe, expect, it } from "vitest";
import type { MetricRecord } from "../run/records.ts";
import { renderReport } from "./html.ts";
import { sampleHeader, sampleRun } from "./testing/sample-run.ts";

const HOSTILE = `</script></title></style><img src=x onerror=alert(1)>"'&<!--]]>\u0000\u001b[31m\u0085\u202e\u200f\u2066\ufeff\ud800x\udfff\u2028\u{e0041}`;

/** Fields whose values are words of the format itself. */
const KEPT = new Set(["kind", "role", "blockedBy", "split"]);

function mapDeep(
  value: unknown,
  change: (leaf: unknown, key: string) => unknown,
  keys: (key: string) => string,
  key = "",
): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, change, keys, key));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [keys(name), mapDeep(field, change, keys, name)]),
    );
  }
  return change(value, key);
}

/** Every start and end tag of the page, by a strict grammar: what a browser could take for anything else is left over. */
function leftOver(page: string): string {
  return page
    .replace("<!doctype html>", "")
    .replace(/<style>[^<]*<\/style>/, "")
    .replace(/<script>[^]*?<\/script>/, "")
    .replace(/<\/?[a-z0-9]+(?: [a-zA-Z-]+(?:="[^"<>]*")?)*\/?>/g, "");
}

/** Of the tags that `leftOver` knows, each once. */
function attributeNames(page: string): string[] {
  const tags =
    page.replace(/<script>[^]*?<\/script>/, "").match(/<[a-z0-9]+(?: [a-zA-Z-]+(?:="[^"<>]*")?)*\/?>/g) ?? [];
  const names = tags.flatMap((tag) =>
    [...tag.replace(/="[^"]*"/g, "=").matchAll(/ ([a-zA-Z-]+)/g)].map(([, name = ""]) => name),
  );
  return [...new Set(names)];
}

/** The first word that is no figure, with what stands around it. */
function notNumbers(page: string): string | null {
  const shown = page.replace(/<script>[^]*?<\/script>/, "");
  return /.{0,60}(?:NaN|undefined|Infinity).{0,20}/.exec(shown)?.[0] ?? null;
}

describe("text that a model, a tool or a file wrote", () => {
  const run = sampleRun(3);
  const poison = <T>(value: T): T =>
    mapDeep(
      value,
      (leaf, key) => (typeof leaf === "string" && !KEPT.has(key) ? `${HOSTILE}${leaf}` : leaf),
      (name) => name,
    ) as T;
  const poisonKeys = <T>(value: T): T =>
    mapDeep(
      value,
      (leaf) => leaf,
      (name) => `${HOSTILE}${name}`,
    ) as T;
  const records = poison(run.records).map((record): MetricRecord => {
    if (record.kind !== "step") return record;
    const { branch } = record.figures;
    return {
      ...record,
      figures: {
        ...record.figures,
        branch: { ...branch, deltaByTool: poisonKeys(branch.deltaByTool) },
      },
    };
  });
  const rollouts = poison(run.rollouts).map((record) => ({
    ...record,
    tree: {
      ...record.tree,
      paths: record.tree.paths.map((path) => ({
        ...path,
        reward: { ...path.reward, parts: poisonKeys(path.reward.parts) },
      })),
    },
  }));
  const page = renderReport({
    header: poison(sampleHeader),
    config: poisonKeys(poison(run.config)),
    records,
    rollouts,
  });

  it("leaves no markup of its own in the page", () => {
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<\/script/g)).toHaveLength(1);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(leftOver(page)).not.toMatch(/[<>]/);
    expect(page).not.toContain("<!--");
    expect(attributeNames(page).filter((name) => name.startsWith("on") || name === "href" || name === "src")).toEqual([
      "href",
    ]);
  });

  it("leaves no character that acts on the display", () => {
    expect(page).not.toMatch(/\p{Cs}/u);
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    expect(page).not.toMatch(/[\u{e0000}-\u{e007f}]/u);
  });

  it("is still shown", () => {
    expect(page).toContain(
      "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;!--]]&gt;␀␛[31m⟨U+0085⟩⟨U+202E⟩⟨U+200F⟩",
    );
  });

  it("cannot load anything: one file, a policy that forbids loads and foreign scripts", () => {
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; [^"]*script-src &#39;sha256-[A-Za-z0-9+/]{43}=&#39;/,
    );
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).not.toMatch(/@import|url\(/);
  });
});

describe("runs of every length", () => {
  const render = (steps: number, skip: readonly number[] = []): string => renderReport(sampleRun(steps, skip));

  it("says what a whole run did, every section present", () => {
    const page = render(30, [12]);
    for (const id of [
      "summary",
      "warnings",
      "learning",
      "rollout",
      "gradient",
      "clipped",
      "distributions",
      "trees",
      "config",
      "machine",
    ]) {
      expect(page).toContain(`<section id="${id}">`);
      expect(page).toContain(`href="#${id}"`);
    }
    expect(page).toContain("Held-out Pass@1 went from 0.24 to");
    expect(page).toContain("1 skipped for want of a group with unequal rewards");
  });

  it("AEPO-R9: names the order beside every branch figure", () => {
    const page = render(3);
    const figures = page
      .split("<figure")
      .filter((part) =>
        /<h3>(Branches a question|Consecutive branching|Branch concentration|Entropy change ΔH|Branch probability P|Runs of consecutive branches)</.test(
          part,
        ),
      );
    expect(figures).toHaveLength(6);
    for (const figure of figures) expect(figure).toContain("Order: synchronous.</figcaption>");
  });

  it("stands an empty run, no evaluation, one step, nothing but skipped steps", () => {
    const empty = renderReport({
      header: null,
      config: {},
      records: [],
      rollouts: [],
    });
    expect(empty).toContain("No training step has been recorded yet.");
    expect(render(0)).toContain("No training step has been recorded yet.");
    const { records, ...rest } = sampleRun(4, [1, 2, 3, 4]);
    const unevaluated = renderReport({
      ...rest,
      records: records.filter(({ kind }) => kind !== "eval"),
    });
    expect(unevaluated).toContain("No evaluation yet");
    expect(unevaluated).toContain("nothing to measure yet");
    for (const page of [empty, render(0), render(1), render(1, [1]), unevaluated]) expect(notNumbers(page)).toBeNull();
  });

  it("stays light at 10,000 steps", () => {
    const page = render(10_000);
    expect(page).toContain("A point is the mean of 67 steps.");
    expect(page.length).toBeLessThan(2_500_000);
  });

  it("never prints what is not a number, whichever figures are missing", () => {
    const run = sampleRun(3);
    for (const missing of [Number.NaN, null, Number.POSITIVE_INFINITY]) {
      const records = run.records.map((record) =>
        mapDeep(
          record,
          (leaf, key) => (typeof leaf === "number" && key !== "step" ? missing : leaf),
          (name) => name,
        ),
      ) as MetricRecord[];
      const rollouts = run.rollouts.map((record) => ({
        ...record,
        credit: null,
        tree: {
          ...record.tree,
          decisions: [],
          nodes: record.tree.nodes.map((node) => ({
            ...node,
            turn: node.turn && { ...node.turn, entropies: [missing as number] },
          })),
        },
      }));
      expect(notNumbers(renderReport({ ...run, records, rollouts }))).toBeNull();
    }
  });
});
