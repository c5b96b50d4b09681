/** A plan as tables for the terminal. */
import { memoryText, type MemoryChoice } from "../policy/memory/choose-recompute.ts";
import type { Plan } from "../train/plan/plan.ts";
import { padded } from "./display-width.ts";
import { count, duration } from "./figure-format.ts";

const NAME = 34;
const CELL = 16;

export function renderPlan(plan: Plan): string {
  return [
    plan.model,
    ...(plan.missing === null ? [] : [`note: ${plan.missing}`]),
    "",
    ...parameterLines(plan),
    "",
    ...memoryLines(plan),
    "",
    ...timeLines(plan),
    "",
    verdict(plan.memory),
  ].join("\n");
}

function row(name: string, ...cells: readonly string[]): string {
  return `${padded(name, NAME)}${cells.map((cell) => cell.padStart(CELL)).join("")}`.trimEnd();
}

function parameterLines({ parameters }: Plan): string[] {
  const sum = (of: "parameters" | "trained"): string => count(parameters.reduce((all, part) => all + part[of], 0));
  return [
    row("parameters", "all", "trained"),
    ...parameters.map((part) => row(`  ${part.part}`, count(part.parameters), count(part.trained))),
    row("  total", sum("parameters"), sum("trained")),
  ];
}

function memoryLines({ memory, checkpointBytes }: Plan): string[] {
  const { moments, recompute, reason } = memory;
  const names = [...new Set(moments.flatMap(({ parts }) => parts.map(({ part }) => part)))];
  const cells = (name: string): string[] =>
    moments.map(({ parts }) => {
      const part = parts.find((each) => each.part === name);
      return part === undefined ? "–" : memoryText(part.bytes);
    });
  return [
    row("memory, at the worst of", ...moments.map(({ moment }) => moment)),
    ...names.map((name) => row(`  ${name}`, ...cells(name))),
    row("  total", ...moments.map(({ bytes }) => memoryText(bytes))),
    `layers are ${recompute ? "computed again in the backward pass" : "kept for the backward pass"}: ${reason}`,
    `a checkpoint takes ${memoryText(checkpointBytes)} on the disk`,
  ];
}

function timeLines({ probe, time, lengths, memory }: Plan): string[] {
  if (probe === null) {
    return [memory.fits ? "no speeds were measured" : "no speeds were measured: it does not fit"];
  }
  const sampling =
    probe.sampling === null ? "" : `, drawing ${count(probe.sampling)} tokens/s in ${count(probe.sampledRows)} rows`;
  const step = `an optimiser step ${duration(probe.optimizerStepSeconds)}`;
  const measured =
    `measured in ${duration(probe.seconds)} with random weights: training ${count(probe.training)} tokens/s ` +
    `(${count(probe.microBatchTokens)} a micro-batch)${sampling}, ${step}; peak ${count(probe.peakRssMiB)} MiB`;
  if (time === null)
    return [measured, "how long it takes is not known: the data cannot be read without the model's tokenizer"];
  const { typical, most } = time;
  return [
    measured,
    row("time", "times", "tokens", "typical", "at most"),
    ...typical.rows.map(({ what, times, tokens, seconds }, i) =>
      row(`  ${what}`, count(times), count(tokens), duration(seconds), duration(most.rows[i]?.seconds)),
    ),
    row("  total", "", "", duration(typical.seconds), duration(most.seconds)),
    `typical: paths of ${count(lengths.typical.path)} tokens (${lengths.source}); at most: of ${count(lengths.most.path)}, the limit`,
  ];
}

function verdict({ moments, limit, fits }: MemoryChoice): string {
  const needed = memoryText(moments[0]?.bytes ?? 0);
  if (limit === null) return `needs about ${needed}; the memory of the device is not known`;
  const of = `${needed} of ${memoryText(limit.bytes)} (${limit.source})`;
  return fits ? `fits: about ${of}` : `does not fit: about ${of}`;
}
