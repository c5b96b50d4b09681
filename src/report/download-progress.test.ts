import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { DownloadProgress } from "../models/hub/session.ts";
import { byteSize, downloadDisplay } from "./download-progress.ts";

function shown(isTTY: boolean, reports: readonly Partial<DownloadProgress>[], everyMs = 0): string {
  let [text, nowMs] = ["", 0];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const clock = { nowMs: () => (nowMs += everyMs), timestamp: () => "" };
  const display = downloadDisplay({ stream: Object.assign(stream, { isTTY, columns: 100 }), clock, color: false });
  const first = { file: "model.safetensors", index: 2, files: 3, bytes: 0, total: 2e9, bytesPerSecond: 0 };
  for (const report of reports) display.progress({ ...first, ...report });
  display.notice("host: \u001b[2Jreset");
  display.done();
  return text;
}

describe("the display of a download", () => {
  it("is a line a file where there is no terminal", () => {
    const reports = [
      { bytes: 5e8, bytesPerSecond: 3e7 },
      { bytes: 2e9, bytesPerSecond: 3e7 },
    ];
    expect(shown(false, reports)).toBe("2/3  model.safetensors  2.0 GB  30.0 MB/s\nhost: ␛[2Jreset\n");
  });

  it("is a line every ten seconds of a long file", () => {
    const reports = [
      { bytes: 5e8, bytesPerSecond: 3e7 },
      { bytes: 2e9, bytesPerSecond: 3e7 },
    ];
    expect(shown(false, reports, 10_000)).toBe(
      "2/3  model.safetensors  500.0 MB of 2.0 GB  30.0 MB/s  50 s left\n2/3  model.safetensors  2.0 GB  30.0 MB/s\nhost: ␛[2Jreset\n",
    );
  });

  it("is a bar on a terminal", () => {
    const text = shown(true, [{ bytes: 5e8, bytesPerSecond: 3e7, file: "evil\u001b]0;x" }]);
    expect(text).toContain(
      `${"█".repeat(7)}${"░".repeat(21)}  2/3  evil␛]0;x  500.0 MB of 2.0 GB  30.0 MB/s  50 s left`,
    );
  });

  it("of an empty file is a full bar", () => {
    expect(shown(true, [{ total: 0 }])).toContain(`${"█".repeat(28)}  2/3  model.safetensors  0 bytes`);
  });

  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [1.25e9, "1.3 GB"],
  ])("%d bytes: %s", (bytes, text) => {
    expect(byteSize(bytes)).toBe(text);
  });
});
