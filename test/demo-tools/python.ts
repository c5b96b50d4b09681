/** Python in its sandbox: what it is for, and what code that means harm comes to. */
import { type AddressInfo, createServer } from "node:net";
import { messageOf } from "../../src/std/errors.ts";
import type { AnyTool } from "../../src/tools/tool.ts";
import { openPythonTool, type PythonState } from "../../src/toolbox/python/python-tool.ts";
import { leftOf, whyNoSandbox } from "../../src/toolbox/python/testing/sandbox-here.ts";
import { called, type DemoRow, skipped, textOf, type ToolDemo, tried } from "./tool-demo.ts";

const SEED = 703_000_000;

export const demo: ToolDemo = {
  name: "python",
  async rows() {
    const why = await whyNoSandbox();
    if (why !== null) return [skipped("python in bubblewrap", why)];
    const open = await openPythonTool({
      timeoutMs: 5000,
      processes: 20,
      memoryMiB: 256,
      fileMiB: 8,
      outputChars: 400,
      seed: SEED,
    });
    const keeping = await openPythonTool({ state: "keep", seed: SEED });
    const rows = [
      ...(await useful(open.tools[0] as AnyTool, keeping.tools[0] as AnyTool)),
      ...(await hostile(open.tools[0] as AnyTool)),
      await tried("processes left on this machine", () => `${leftOf(SEED).length}`, "0"),
      await withoutBubblewrap(),
    ];
    await Promise.all([open.close(), keeping.close()]);
    return rows;
  },
};

async function useful(python: AnyTool, keeping: AnyTool): Promise<DemoRow[]> {
  const run = (code: string) => async () => textOf(await called(python, { code }));
  const states: PythonState[] = [];
  const next = (code: string, from: number | null) => async () => {
    const output = await called(keeping, { code }, from === null ? undefined : states[from]);
    if (typeof output !== "string") states.push(output.state as PythonState);
    return textOf(output);
  };
  return [
    await tried(
      "last expression printed",
      run("from fractions import Fraction\nsum(Fraction(1, n) for n in (2, 3, 6))"),
      "Fraction(1, 1)",
    ),
    await tried(
      "an error is readable",
      run("def f(x):\n  return 1 / x\nf(0)"),
      /line 2, in f\n[^]*ZeroDivisionError: division by zero$/,
    ),
    await tried("keep: x = [1]", next("x = [1]", null), "(no output)"),
    await tried("keep: the path goes on", next("x.append(2); x", 0), "[1, 2]"),
    await tried("keep: a fork of the first call", next("x.append(3); x", 0), "[1, 3]"),
  ];
}

const DAEMON = "import subprocess\nsubprocess.Popen('nohup setsid sleep 1000 &', shell=True)\nprint('started')";

async function hostile(python: AnyTool): Promise<DemoRow[]> {
  const run = (what: string, code: string, expected: string | RegExp): Promise<DemoRow> =>
    tried(what, async () => textOf(await called(python, { code })), expected);
  return [
    await run(
      "fork bomb",
      "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
      /^(no end within 5 s|more than 20 processes)/,
    ),
    await run(
      "fills the disk",
      "for i in range(99): open(f'/tmp/{i}', 'wb').write(b'x' * 10**6)",
      /No space left on device$/,
    ),
    await run("millions of files", "for i in range(10**8): open(f'/tmp/{i}', 'w').close()", "too many files"),
    await run("10 GB of memory", "x = bytearray(10**10)", /MemoryError$/),
    await reachesNobody(python),
    await run(
      "ignores signals",
      "import signal\nsignal.signal(15, signal.SIG_IGN)\nwhile True: pass",
      "no end within 5 s",
    ),
    await run(
      "prints without end",
      "while True: print('x' * 1000)",
      /^more than 16 MiB of output\nx+[^]*characters left out/,
    ),
    await run("reads /etc/passwd", "open('/etc/passwd').read()", /FileNotFoundError: /),
    await run(
      "by a symbolic link",
      "import os\nos.symlink('/', 'all')\nopen('all/etc/passwd').read()",
      /FileNotFoundError: /,
    ),
    await run("reads the environment", "import os\nsorted(os.environ)", /^\['HOME', 'LANG', .*'USER'\]$/),
    await run(
      "writes to /usr",
      "open('/usr/bin/python3', 'ab')",
      /(Read-only file system|Permission denied): '\/usr\/bin\/python3'$/,
    ),
    await run("leaves a daemon behind", DAEMON, "started"),
    await run("kills process 1", "import os\nos.kill(1, 9)\n'it did not'", "'it did not'"),
    await run("crashes the interpreter", "import ctypes\nctypes.string_at(0)", /^python was ended by SIGSEGV/),
  ];
}

/** A server of this machine listens meanwhile, so that being refused says something. */
async function reachesNobody(python: AnyTool): Promise<DemoRow> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const code = `import socket\nsocket.create_connection(('127.0.0.1', ${port}), 2)`;
  const row = await tried(
    "opens a socket to a server here",
    async () => textOf(await called(python, { code })),
    /(Connection refused|Network is unreachable)$/,
  );
  server.close();
  return row;
}

async function withoutBubblewrap(): Promise<DemoRow> {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  const said = await openPythonTool().then(() => "it opened", messageOf);
  process.env["PATH"] = path;
  return tried(
    "where bubblewrap is missing",
    () => said,
    /^python needs bubblewrap as its sandbox, [^]*to fix: install bubblewrap/,
  );
}
