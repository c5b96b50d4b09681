/** The resolved config as a readable table, one group a top-level field; and the machine. */
import type { HeaderRecord } from "../run/records.ts";
import { count } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";

export function configSection(config: unknown): Markup {
  if (!isGroup(config)) return nothing;
  const entries = Object.entries(config);
  const plain = entries.filter(([, value]) => !isGroup(value));
  const groups = entries.filter(([, value]) => isGroup(value));
  const tables = [
    ...(plain.length === 0 ? [] : [group("run", plain)]),
    ...groups.map(([name, value]) => group(name, leaves(value))),
  ];
  return html`<section id="config"><h2>Config</h2><p class="lead">Resolved: every default is filled in.</p><div class="config">${tables}</div></section>`;
}

export function machineSection(header: HeaderRecord | null): Markup {
  if (header === null) return nothing;
  const { platform, cpu, cores, memoryGiB, node, device } = header.machine;
  const rows = [
    ["processor", `${cpu}, ${count(cores)} cores`],
    ["memory", `${count(memoryGiB)} GiB`],
    ["platform", platform],
    ["node", node],
    ["device", device],
  ] as const;
  return html`<section id="machine"><h2>Machine</h2><div class="config">${group("machine", rows)}</div></section>`;
}

type Entry = readonly [string, unknown];

function group(name: string, rows: readonly Entry[]): Markup {
  return html`<div class="card"><h3>${name}</h3><table class="figures"><tbody>${rows.map(([key, value]) => html`<tr><td>${key}</td><td class="value" dir="auto">${plainText(value)}</td></tr>`)}</tbody></table></div>
`;
}

/** Nested fields as dotted paths, in their order. */
function leaves(value: unknown, prefix = ""): Entry[] {
  if (!isGroup(value)) return [[prefix, value]];
  const inner = Object.entries(value).flatMap(([key, field]) =>
    leaves(field, prefix === "" ? key : `${prefix}.${key}`),
  );
  return inner.length === 0 && prefix !== "" ? [[prefix, value]] : inner;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plainText(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "–";
  return JSON.stringify(value) ?? "–";
}
