/**
 * The report of a run: one self-contained HTML file from the run folder's records alone. Pure. Everything that was read
 * (text of models and tools, names, config) passes through `html` of markup.ts and so is escaped.
 */
import type { HeaderRecord, MetricRecord, RolloutRecord } from "../run/records.ts";
import { curveCard } from "./chart-card.ts";
import { clippedSection } from "./clipped-section.ts";
import { configSection, machineSection } from "./config-section.ts";
import { criticCurves } from "./curves-critic.ts";
import { gradientCurves } from "./curves-gradient.ts";
import { offPolicyCurves } from "./curves-off-policy.ts";
import { coldStartCurves, heldOutCurve, learningCurves } from "./curves-learning.ts";
import { rolloutCurves } from "./curves-rollout.ts";
import { distributionsSection } from "./distributions-section.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { page } from "./page.ts";
import { type RunData, sortRecords } from "./run-data.ts";
import { readSettings, type Settings } from "./settings.ts";
import { pageHeader, summarySection, warningsSection } from "./summary-section.ts";
import type { TokenText } from "./token-text.ts";
import { toolsSection } from "./tools-section.ts";
import { treesSection } from "./trees-section.ts";

export interface ReportInputs {
  readonly header: HeaderRecord | null;
  /** The resolved config, as read from the run folder. */
  readonly config: unknown;
  readonly records: readonly MetricRecord[];
  /** Those the trees are chosen from. */
  readonly rollouts: readonly RolloutRecord[];
  /** Text of a token id, for policies whose tokens are not words. */
  readonly tokenText?: TokenText;
}

export function renderReport({ header, config, records, rollouts, tokenText }: ReportInputs): string {
  const data = sortRecords(records);
  const settings = readSettings(config);
  return page({
    title: header === null ? "AEPO run report" : `${header.task} · ${header.algorithm} · seed ${header.seed}`,
    header: pageHeader(header),
    sections: [
      { id: "summary", name: "Summary", body: summarySection(data, settings) },
      { id: "warnings", name: "Warnings", body: warningsSection(data) },
      { id: "learning", name: "Learning", body: learningSection(data) },
      { id: "rollout", name: "Rollout", body: rolloutSection(data, settings) },
      { id: "gradient", name: "Gradient", body: gradientSection(data) },
      {
        id: "clipped",
        name: "Clipped tokens",
        body: clippedSection(data.steps),
      },
      {
        id: "distributions",
        name: "Distributions",
        body: distributionsSection(data.steps.at(-1), settings),
      },
      { id: "tools", name: "Tools", body: toolsSection(data) },
      {
        id: "trees",
        name: "Trees",
        body: treesSection(rollouts, settings.order, tokenText),
      },
      { id: "config", name: "Config", body: configSection(config) },
      { id: "machine", name: "Machine", body: machineSection(header) },
    ],
  });
}

function learningSection({ steps, evaluations, sft }: RunData): Markup {
  const coldStart = sft.length === 0 ? [] : coldStartCurves.map((curve) => curveCard(curve, sft, null));
  if (steps.length === 0 && evaluations.length === 0 && sft.length === 0) return nothing;
  const [reward, ...others] = steps.length === 0 ? [] : learningCurves.map((curve) => curveCard(curve, steps, null));
  const heldOut = evaluations.length === 0 ? [] : [curveCard(heldOutCurve, evaluations, null)];
  return section("learning", "Learning", "Does the policy get better, and does it keep exploring while it does?", [
    ...heldOut,
    ...(reward === undefined ? [] : [reward]),
    ...others,
    ...coldStart,
  ]);
}

function rolloutSection({ steps }: RunData, settings: Settings): Markup {
  if (steps.length === 0) return nothing;
  const cards = rolloutCurves(settings).map((curve) => curveCard(curve, steps, settings.order));
  return section(
    "rollout",
    "Rollout",
    "Where the rollouts of a question were spent: whole ones from the question, or branches from a tool result.",
    cards,
  );
}

function gradientSection({ steps }: RunData): Markup {
  if (steps.length === 0) return nothing;
  const curves = [
    ...gradientCurves,
    ...(steps.some(({ figures }) => figures.critic) ? criticCurves : []),
    ...(steps.some(({ offPolicy }) => offPolicy) ? offPolicyCurves : []),
  ];
  const cards = curves.map((curve) => curveCard(curve, steps, null));
  return section(
    "gradient",
    "Gradient",
    "What clipping took away, what the stop-gradient gave back, and how entropy weighed the advantage.",
    cards,
  );
}

function section(id: string, title: string, lead: string, cards: readonly Markup[]): Markup {
  return html`<section id="${id}"><h2>${title}</h2><p class="lead">${lead}</p><div class="grid-cards">${cards}</div></section>`;
}
