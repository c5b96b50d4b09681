/** What every server is asked: the conformance suite of policies, and exactness. One set of cases for `npm test` and `npm run test:tinker`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../../../src/engine/runtime/node.ts";
import type { Runtime } from "../../../src/engine/runtime/runtime.ts";
import { describePolicyConformance } from "../../../src/policy/conformance.ts";
import { learningConformance, STEP } from "../../../src/policy/conformance-learning.ts";
import type { EmbeddedPolicy } from "../../../src/policy/embedded.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { Programs } from "../../../src/policy/programs.ts";
import type { RemotePolicy } from "../../../src/remote/policy/options.ts";
import { type ExactCase, exactCases } from "./exact-cases.ts";
import { adaptersOf, type Exactness, loraOf, measureStep } from "./exactness.ts";
import type { Connected } from "./target.ts";

declare module "vitest" {
  interface TaskMeta {
    exactness?: Exactness;
  }
}

/** Largest relative error of a step, norm-wise. */
const TOLERANCE = 1e-4;

export interface LiveSuite {
  readonly name: string;
  connect(programs: Programs): Promise<Connected>;
  /** Default: all of it. */
  readonly conformance?: "all" | "learning" | "none";
  /** Names of the losses whose exactness is looked at (default: all). */
  readonly exact?: readonly string[];
  /** Whether steps clip where they are told to; STEP does not ask for it where not. */
  readonly clips?: boolean;
}

export function describeLiveServer({ name, connect, conformance = "all", exact, clips = true }: LiveSuite): void {
  describe(name, () => {
    let runtime: Runtime;
    let connected: Connected;
    beforeAll(async () => {
      runtime = await openInlineRuntime({ threads: 1 });
      connected = await connect(new Programs(runtime));
    });
    afterAll(async () => {
      await connected.client.close();
      await runtime.close();
    });
    const make = (): Promise<Policy> => connected.open();
    const step = clips ? {} : { maxGradientNorm: Number.POSITIVE_INFINITY };
    if (conformance === "all") describePolicyConformance(name, make, step);
    if (conformance === "learning") learningConformance(make, { ...STEP, ...step });
    const cases = exactCases().filter((one) => exact === undefined || exact.includes(one.name));
    describeExactness(
      cases,
      () => runtime,
      () => connected,
    );
  });
}

function describeExactness(cases: readonly ExactCase[], runtime: () => Runtime, connected: () => Connected): void {
  describe("exactness: a step moves the adapters as the embedded engine moves them", () => {
    let remote: RemotePolicy;
    let embedded: EmbeddedPolicy;
    let adapters: Awaited<ReturnType<typeof adaptersOf>>;
    beforeAll(async () => {
      const { local, open } = connected();
      remote = await open({ local: local.base });
      adapters = await adaptersOf(remote);
      embedded = await local.adapt(runtime(), loraOf(adapters));
    });
    afterAll(async () => {
      await embedded?.dispose();
      await remote?.dispose();
    });
    it.for(cases.map((one, index) => ({ ...one, index })))("$name", async ({ index, ...one }, { task }) => {
      const { exactness, after } = await measureStep(remote, embedded, one, adapters, index);
      adapters = after;
      // For the command, which prints it.
      task.meta.exactness = exactness;
      expect(exactness.gradientNorm, "gradient norm of a case that teaches something").toBeGreaterThan(1e-6);
      expect(exactness.moved).toBeGreaterThan(0.01);
      expect(exactness.error).toBeLessThan(TOLERANCE);
    });
  });
}
