import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { type PythonOptions, UNSANDBOXED } from "./options.ts";
import { runPython } from "./run-python.ts";
import { whyNoSandbox } from "./testing/sandbox-here.ts";

const why = await whyNoSandbox();
afterEach(() => vi.unstubAllEnvs());

describe("python where it cannot run", () => {
  it("says that bubblewrap is missing, and the ways out", async () => {
    vi.stubEnv("PATH", "/nowhere");
    expect(await rejectionMessage(runPython("1"))).toBe(
      [
        "python needs bubblewrap as its sandbox, and there is no bwrap in PATH",
        "  found: /nowhere",
        "  to fix: install bubblewrap 0.8 or newer (apt install bubblewrap);",
        "    in a container, allow namespaces (docker run --security-opt with seccomp=, apparmor= and systempaths=unconfined);",
        "    on Ubuntu 24.04 and newer, sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for bwrap;",
        '    or, where the machine itself is the sandbox, set sandbox: "none: I trust what the model writes" in the options of python',
      ].join("\n"),
    );
  });

  it("says what bubblewrap said where there are no user namespaces", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aepo-bwrap-"));
    chmodSync(folder, 0o755);
    writeFileSync(
      join(folder, "bwrap"),
      "#!/bin/sh\necho 'bwrap: No permissions to create new namespace, likely because the kernel does not allow it.' >&2\nexit 1\n",
      { mode: 0o755 },
    );
    vi.stubEnv("PATH", folder);
    expect(await rejectionMessage(runPython("1"))).toMatch(
      /^python cannot be run in a sandbox here: bwrap: No permissions to create new namespace, likely because the kernel does not allow it\.\n {2}to fix: install bubblewrap/,
    );
    rmSync(folder, { recursive: true });
  });

  it("names an interpreter that is none", async () => {
    expect(await rejectionMessage(runPython("1", { interpreter: "/nowhere/python3" }))).toMatch(
      /^python\.interpreter: there is no program \/nowhere\/python3\n/,
    );
    expect(await rejectionMessage(runPython("1", { sandbox: UNSANDBOXED, interpreter: "/bin/true" }))).toMatch(
      /^\/bin\/true cannot be run: it ended without a word\n/,
    );
  });

  it("binds no home into the sandbox for a script that stands in its bin", async () => {
    const home = mkdtempSync(join(tmpdir(), "aepo-home-"));
    mkdirSync(join(home, "bin"));
    symlinkSync("/usr/bin/python3", join(home, "bin/python3"));
    expect(await rejectionMessage(runPython("1", { interpreter: join(home, "bin/python3") }))).toMatch(
      /^python\.interpreter: .*aepo-home-\w+ is no python installation\n/,
    );
    rmSync(home, { recursive: true });
  });

  it.each([
    [{ timeoutMs: 5 }, /^bad options of python: python\.timeoutMs: Too small: expected number to be >=100\n/],
    [
      { memory: 5 },
      /^bad options of python: python: Unrecognized key: "memory"\n {2}expected: fields sandbox, interpreter,/,
    ],
    [
      { sandbox: "none" },
      /^bad options of python: python\.sandbox: Invalid option: expected one of "bubblewrap"\|"none: I trust what the model writes"\n/,
    ],
    [{ readable: ["/"] }, /python\.readable\.0: an absolute path, and not \/ itself/],
    [
      { readable: ["/x"], sandbox: UNSANDBOXED },
      /python\.readable: has no effect without a sandbox, where everything can be read/,
    ],
    [{ files: { "../a": "" } }, /^files of python: "\.\.\/a" is no path inside its folder\n/],
    [{ files: { "/a": "" } }, /^files of python: "\/a" is no path/],
  ])("refuses %j", async (options, message) => {
    expect(await rejectionMessage(runPython("1", options as PythonOptions))).toMatch(message);
  });

  it.skipIf(why !== null)("names a folder that is not there", async () => {
    expect(await rejectionMessage(runPython("1", { readable: ["/nowhere"] }))).toBe(
      "python.readable: there is no /nowhere\n  to fix: correct the path, or leave it out",
    );
  });

  it.skipIf(why !== null)("runs a virtual environment's python with what is installed there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aepo-venv-"));
    chmodSync(folder, 0o755);
    execFileSync("/usr/bin/python3", ["-m", "venv", "--without-pip", join(folder, "venv")]);
    const [library = ""] = readdirSync(join(folder, "venv/lib"));
    writeFileSync(join(folder, "venv/lib", library, "site-packages/only_here.py"), "answer = 42\n");
    const interpreter = join(folder, "venv/bin/python3");
    const { stdout, stderr } = await runPython("import only_here\nonly_here.answer", { interpreter });
    expect([stdout, stderr]).toEqual(["42\n", ""]);
    expect((await runPython("import only_here")).stderr).toContain("ModuleNotFoundError");
    rmSync(folder, { recursive: true });
  });

  it.skipIf(why !== null || process.getuid?.() !== 0)(
    "names a folder that the sandbox of root may not enter",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "aepo-closed-"));
      expect(await rejectionMessage(runPython("1", { readable: [folder] }))).toBe(
        `${folder} cannot be read in the sandbox: root's runs as user nobody, and ${folder} is closed to others\n` +
          "  to fix: put it where everybody may read, or run aepo as an ordinary user",
      );
      rmSync(folder, { recursive: true });
    },
  );
});
