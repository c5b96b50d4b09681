import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { UNSANDBOXED } from "./options.ts";
import { runPython } from "./run-python.ts";
import { leftOf, whyNoSandbox } from "./testing/sandbox-here.ts";

const why = await whyNoSandbox();
afterEach(() => vi.unstubAllEnvs());

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** What python wrote, errors after output. */
const written = async (code: string, options: Parameters<typeof runPython>[1] = {}): Promise<string> => {
  const { stdout, stderr } = await runPython(code, options);
  return stdout + stderr;
};

const both = [["in a sandbox", "bubblewrap"] as const, ["without one", UNSANDBOXED] as const];

describe.skipIf(why !== null).each(both)(`python %s ${why ?? ""}`, (_, sandbox) => {
  it("prints the value of a last expression like a prompt", async () => {
    expect(await written("x = 6\nprint('so')\nx * 7", { sandbox })).toBe("so\n42\n");
    expect(await written("x = 6\nx", { sandbox })).toBe("6\n");
    expect(await written("'text'", { sandbox })).toBe("'text'\n");
    expect(await written("None", { sandbox })).toBe("");
    expect(await written("1; 2", { sandbox })).toBe("2\n");
    expect(await written("x = 3", { sandbox })).toBe("");
    expect(await written("for i in range(2):\n    i", { sandbox })).toBe("");
    expect(await written("", { sandbox })).toBe("");
    expect(await written("if __name__ == '__main__': print('main')", { sandbox })).toBe("main\n");
  });

  it("shows where it went wrong, in the code that was given alone", async () => {
    const { ending, stdout, stderr } = await runPython("print('before')\ndef f(x):\n    return 1 / x\nf(0)", {
      sandbox,
    });
    expect(ending).toEqual({ kind: "raised", exitCode: 1, words: "", late: false });
    expect(stdout).toBe("before\n");
    expect(stderr.replaceAll(/^ +[~^]+\n/gm, "")).toBe(
      'Traceback (most recent call last):\n  File "<python>", line 4, in <module>\n    f(0)\n  File "<python>", line 3, in f\n' +
        "    return 1 / x\nZeroDivisionError: division by zero\n",
    );
    expect(await written("1 +", { sandbox })).toBe(
      '  File "<python>", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n',
    );
  });

  it("ends as a script ends", async () => {
    const end = async (code: string) => (await runPython(code, { sandbox })).ending;
    expect(await end("exit()")).toEqual({ kind: "finished", exitCode: 0, words: "", late: false });
    expect(await end("import sys; sys.exit(3)")).toEqual({ kind: "raised", exitCode: 3, words: "", late: false });
    expect(await end("import os; os._exit(0)")).toEqual({
      kind: "died",
      exitCode: 0,
      words: "python ended in the middle, with exit code 0",
      late: false,
    });
    expect(await written("import sys; sys.exit('enough')", { sandbox })).toBe("enough\n");
    expect(
      await written(
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.2), print('late'))).start()",
        { sandbox },
      ),
    ).toBe("late\n");
  });

  it("has the files and the input it was given, and an end of input", async () => {
    const files = { "data/a.txt": "é\r\n", "helper.py": "def double(x): return 2 * x" };
    expect(
      await written(
        "import helper\nprint(repr(open('data/a.txt', newline='').read()), helper.double(4), input(), input())",
        {
          sandbox,
          files,
          stdin: "one\ntwo\n",
        },
      ),
    ).toBe("'é\\r\\n' 8 one two\n");
    expect(await written("input()", { sandbox })).toContain("EOFError");
  });

  it("stops at its time with what was printed so far, and leaves no process", async () => {
    const seed = sandbox === UNSANDBOXED ? 702_000_001 : 702_000_002;
    const { ending, stdout } = await runPython(
      "import subprocess\nsubprocess.Popen(['setsid', 'sleep', '1000'])\nprint('here')\nwhile True: pass",
      { sandbox, seed, timeoutMs: 1000 },
    );
    expect(ending).toEqual({ kind: "timeout", exitCode: 0, words: "no end within 1 s", late: true });
    expect(stdout).toBe("here\n");
    expect(leftOf(seed)).toEqual([]);
  });

  it("stops when its signal fires, and leaves no process", async () => {
    const seed = sandbox === UNSANDBOXED ? 702_000_003 : 702_000_004;
    const stop = new AbortController();
    const running = runPython("import os, time\nos.fork()\ntime.sleep(1000)", { sandbox, seed }, stop.signal);
    await until(() => leftOf(seed).length >= 2);
    stop.abort(new Error("the run stops"));
    expect(await rejectionMessage(running)).toBe("the run stops");
    await until(() => leftOf(seed).length === 0);
    expect(await rejectionMessage(runPython("1", { sandbox }, stop.signal))).toBe("the run stops");
  });

  it("leaves nothing wherever in its start it is stopped", async () => {
    const seed = sandbox === UNSANDBOXED ? 702_000_008 : 702_000_009;
    const runs = Array.from({ length: 40 }, async (_, index) => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error("stopped")), index * 3);
      return rejectionMessage(runPython("import time; time.sleep(1000)", { sandbox, seed }, stop.signal));
    });
    expect(new Set(await Promise.all(runs))).toEqual(new Set(["stopped"]));
    await until(() => leftOf(seed).length === 0);
  });

  it("leaves children that a run left behind no longer than the run", async () => {
    const seed = sandbox === UNSANDBOXED ? 702_000_005 : 702_000_006;
    const code = "import subprocess\nsubprocess.Popen('nohup setsid sleep 1000 &', shell=True)\nprint('done')";
    expect(await written(code, { sandbox, seed })).toBe("done\n");
    expect(leftOf(seed)).toEqual([]);
  });

  it("has limits of memory, processor time and file size", async () => {
    expect(await written("x = bytearray(10**9)", { sandbox, memoryMiB: 200 })).toContain("MemoryError");
    expect(await written("open('x', 'wb').write(b'x' * 2**21)", { sandbox, fileMiB: 1 })).toContain("File too large");
    const { ending } = await runPython("while True: pass", { sandbox, cpuSeconds: 1, timeoutMs: 60_000 });
    expect(ending.words).toBe("more than 1 s of processor time");
    const many = await runPython("import os, time\nfor i in range(12): os.fork() or time.sleep(60)\ntime.sleep(60)", {
      sandbox,
      processes: 8,
    });
    expect(["processes", "raised"]).toContain(many.ending.kind);
  });

  it("gives the same chance to the same seed", async () => {
    const code =
      "import random, os, uuid, secrets\nprint(random.random(), os.urandom(4), uuid.uuid4(), secrets.token_hex(4), {'a', 'b', 'c', 'd'})";
    const first = await written(code, { sandbox });
    expect(first).toMatch(/^0\.844/);
    expect(await written(code, { sandbox })).toBe(first);
    expect(await written(code, { sandbox, seed: 1 })).not.toBe(first);
  });

  it("has an environment of its own", async () => {
    vi.stubEnv("AEPO_TEST_KEY", "secret");
    expect(await written("import os\nsorted(os.environ)", { sandbox })).toBe(
      "['HOME', 'LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PWD', 'PYTHONHASHSEED', 'TMPDIR', 'TZ', 'USER']\n".replace(
        sandbox === UNSANDBOXED ? "'PWD', " : "",
        "",
      ),
    );
  });

  it("sees site packages, or the standard library alone", async () => {
    const code = "import sys\nany('dist-packages' in p or 'site-packages' in p for p in sys.path)";
    expect(await written(code, { sandbox })).toBe("True\n");
    expect(await written(code, { sandbox, packages: false })).toBe("False\n");
  });
});

describe.skipIf(why !== null)(`earlier code ${why ?? ""}`, () => {
  it("is run before, unseen, whatever it raised", async () => {
    const earlier = [
      "x = 1\nprint('unseen')",
      "x = 2\n1 / 0\nx = 3",
      "import sys\nsys.exit(5)",
      "1 +",
      "def f(): return x",
    ];
    const run = await runPython("print('seen')\nf()", { earlier, state: "keep" });
    expect([run.stdout, run.stderr, run.ending.kind]).toEqual(["seen\n2\n", "", "finished"]);
  });

  it("has a time of its own, so that a path of slow calls does not run out of it", async () => {
    const slow = "import time\ntime.sleep(1)";
    const { ending } = await runPython(slow, { earlier: Array(6).fill(slow), timeoutMs: 5000 });
    expect(ending.kind).toBe("finished");
    const busy = "import time\nend = time.process_time() + 0.8\nwhile time.process_time() < end: pass";
    expect((await runPython(busy, { earlier: [busy, busy], cpuSeconds: 1 })).ending.kind).toBe("finished");
  });

  it("that cannot be run again is said to be the reason", async () => {
    const { ending } = await runPython("1", { earlier: ["import os\nos._exit(4)"] });
    expect(ending).toEqual({
      kind: "earlier",
      exitCode: 4,
      words: "the code of earlier calls could not be run again: python ended in the middle, with exit code 4",
      late: false,
    });
  });

  it("leaves a fingerprint of what it printed, addresses aside", async () => {
    const [a, b] = ["print(object())", "import time\nprint(time.time_ns())"];
    const first = await runPython(a);
    expect((await runPython("2", { earlier: [a] })).printedBefore).toBe(first.printed);
    const other = await runPython(b);
    expect((await runPython("2", { earlier: [b] })).printedBefore).not.toBe(other.printed);
  });
});

describe.skipIf(why !== null)(`the sandbox ${why ?? ""}`, () => {
  it("goes when the trainer is killed", async () => {
    const seed = 702_000_007;
    const script = `import { runPython } from ${JSON.stringify(join(import.meta.dirname, "run-python.ts"))};
      await runPython("import subprocess, time\\nsubprocess.Popen(['setsid', 'sleep', '1000'])\\ntime.sleep(1000)", { seed: ${seed} });`;
    const trainer = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      stdio: "inherit",
    });
    await until(() => leftOf(seed).length >= 2 || trainer.exitCode !== null);
    expect(trainer.exitCode).toBeNull();
    trainer.kill("SIGKILL");
    await once(trainer, "exit");
    await until(() => leftOf(seed).length === 0);
  });

  it("fails, to be tried again, where there are no descriptors to spare, and takes lower limits as they are", async () => {
    const script = `import { runPython } from ${JSON.stringify(join(import.meta.dirname, "run-python.ts"))};
      const runs = await Promise.allSettled(Array.from({ length: 40 }, () => runPython("1")));
      console.log(JSON.stringify(runs.map(({ value, reason }) => value?.stdout ?? [reason.name, reason.retryable, reason.message])));`;
    const trainer = spawn(
      "sh",
      ["-c", 'ulimit -n 100; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, script],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const said = JSON.parse((await trainer.stdout.setEncoding("utf8").toArray()).join("")) as unknown[];
    const failure = ["ToolFailure", true, "python could not be started just now (EMFILE)"];
    expect(said).toContainEqual("1\n");
    expect(said.filter((one) => one !== "1\n")).toEqual(said.filter((one) => one !== "1\n").map(() => failure));
    expect(said).toContainEqual(failure);
  });

  it("runs many at once", async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, async (_, index) => written(`${index} ** 2`)));
    expect(runs).toEqual(Array.from({ length: 20 }, (_, index) => `${index ** 2}\n`));
  });

  it("shows further folders when asked to, to read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aepo-readable-"));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "a"), "shown");
    const path = JSON.stringify(join(folder, "a"));
    expect(await written(`open(${path}).read()`)).toContain("FileNotFoundError");
    expect(await written(`open(${path}).read()`, { readable: [folder] })).toBe("'shown'\n");
    expect(await written(`open(${path}, 'w')`, { readable: [folder] })).toContain("Read-only file system");
    rmSync(folder, { recursive: true });
  });
});
