/** Starts Chromium so that nothing of it goes past the proxy, and says what to do where it does not start. */
import type { Browser } from "playwright-core";
import { AepoError, messageOf } from "../../../std/errors.ts";

export async function launchChromium(executablePath: string, sandbox: boolean, proxyPort: number): Promise<Browser> {
  const { chromium } = await playwright();
  try {
    return await chromium.launch({
      executablePath,
      chromiumSandbox: sandbox,
      // "<-loopback>": loopback, too, goes through the proxy, which refuses it.
      proxy: { server: `http://127.0.0.1:${proxyPort}`, bypass: "<-loopback>" },
      args: [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--dns-prefetch-disable",
        // Names are the proxy's to look up.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        // WebRTC speaks UDP, which no proxy sees.
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
      ],
      // A run that is interrupted closes what it opened; Chromium shall not end the process before.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (thrown) {
    throw new AepoError("config", `Chromium (${executablePath}) does not start: ${reason(messageOf(thrown))}`, {
      fix: sandbox
        ? "where Chromium has no sandbox (as root, in a container), set browse.sandbox: false; or set browse.javascript: never"
        : "start it by hand to see why, give another as browse.executablePath, or set browse.javascript: never",
      cause: thrown,
    });
  }
}

async function playwright(): Promise<typeof import("playwright-core")> {
  try {
    return await import("playwright-core");
  } catch (thrown) {
    throw new AepoError("config", "browse runs JavaScript pages through playwright-core, which is not installed", {
      fix: "npm install playwright-core, or set browse.javascript: never",
      cause: thrown,
    });
  }
}

/** The line that says what happened, of Playwright's long report. */
function reason(message: string): string {
  const lines = message.split("\n").map((line) => line.replace(/^\s*-?\s*/, ""));
  const said = lines.find(
    (line) => /sandbox|error while loading|cannot open|ENOENT|EACCES/i.test(line) && !/<launching>/.test(line),
  );
  return (said ?? lines[0] ?? "").replace(/^\[pid=\d+\]\[err\]\s*/, "").slice(0, 300);
}
