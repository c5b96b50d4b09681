import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Capture } from "./capture.ts";

const MARK = "\0mark\0";

function captured(chunks: readonly (string | Buffer)[], most = 100): Capture {
  const capture = new Capture(MARK, most);
  for (const chunk of chunks) capture.push(Buffer.from(chunk));
  capture.end();
  return capture;
}

describe("a captured stream", () => {
  it("is split at the mark, wherever its chunks end", () => {
    const bytes = Buffer.from(`eins é${MARK}zwei €${MARK}x`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        const capture = captured(chunks);
        expect([capture.before(), capture.fresh(), capture.all()]).toEqual([
          "eins é",
          `zwei €${MARK}x`,
          `eins ézwei €${MARK}x`,
        ]);
      }),
    );
  });

  it("without a mark is all before it", () => {
    const capture = captured(["only this"]);
    expect([capture.before(), capture.fresh(), capture.all()]).toEqual(["only this", "", "only this"]);
  });

  it("of any length is held in its first and last characters", () => {
    const capture = captured([MARK, "a".repeat(1000), "b".repeat(1000)], 100);
    // 100 less the 30 of the notice are 70: 46 and 24.
    expect(capture.fresh()).toBe(`${"a".repeat(46)}\n… 1930 characters left out …\n${"b".repeat(24)}`);
    expect(captured([MARK, "c".repeat(100)], 100).fresh()).toBe("c".repeat(100));
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 50 })),
        fc.integer({ min: 100, max: 300 }),
        (parts, most) => {
          const text = captured([MARK, ...parts], most).fresh();
          const whole = parts.join("");
          expect(text.length).toBeLessThanOrEqual(most);
          expect(Buffer.from(text).toString()).toBe(text);
          expect(whole.startsWith(text.split("\n…")[0] ?? "")).toBe(true);
          if (whole.length <= most) expect(text).toBe(whole);
        },
      ),
    );
  });

  it("counts its bytes", () => {
    expect(captured(["é", MARK, "x"]).bytes).toBe(9);
  });
});
