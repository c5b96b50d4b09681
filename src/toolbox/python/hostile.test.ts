import { createServer } from "node:net";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PythonOptions } from "./options.ts";
import { runPython } from "./run-python.ts";
import { leftOf, whyNoSandbox } from "./testing/sandbox-here.ts";

const why = await whyNoSandbox();
const SECRET = "a-secret-of-the-trainer";
process.env["AEPO_TEST_KEY"] = SECRET;

/** Each has a seed of its own, by which its processes are found. */
const seeds = Array.from({ length: 100 }, (_, index) => 701_000_000 + index).values();

async function run(code: string, options: PythonOptions = {}) {
  const seed = seeds.next().value ?? 0;
  const result = await runPython(code, { seed, timeoutMs: 20_000, ...options });
  expect(leftOf(seed)).toEqual([]);
  return { kind: result.ending.kind, ...result };
}

// Python that says what it could do, one attempt a line; what the sandbox refuses raises OSError.
const attempts = (...lines: readonly string[]): string =>
  [
    "import os, socket, signal, ctypes, subprocess",
    "def attempt(name, work):",
    "    try: print(name, 'DONE', repr(work())[:200])",
    "    except (OSError, AttributeError) as error: print(name, 'no')",
    ...lines.map((line) => `attempt(${JSON.stringify(line)}, lambda: ${line})`),
  ].join("\n");

describe.skipIf(why !== null)(`hostile python ${why ?? ""}`, () => {
  it("that forks for ever is held to its number of processes, and ends with its time", async () => {
    const bomb = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass";
    const { kind, ending } = await run(bomb, { timeoutMs: 1500, processes: 20 });
    // Where the kernel cannot count, the watching process does.
    expect(["timeout", "processes"]).toContain(kind);
    expect(ending.words).toMatch(/^(no end within 1.5 s|more than 20 processes and threads)$/);
  });

  it("that starts threads for ever gets an error", async () => {
    const { kind, stderr } = await run(
      "import threading, time\nfor i in range(500): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
      { processes: 20 },
    );
    expect([kind, stderr.includes("can't start new thread")]).toEqual(["raised", true]);
  });

  it("that fills the disk with a file, with many, or with their names is stopped", async () => {
    const one = await run("with open('/tmp/x', 'wb') as f:\n  while True: f.write(b'x' * 1000000)", { fileMiB: 8 });
    expect(one.stderr).toContain("File too large");
    const many = await run(
      "for folder in ('/tmp', '/dev/shm'):\n  try:\n    for i in range(100):\n      with open(f'{folder}/{i}', 'wb') as f: f.write(b'x' * 1000000)\n  except OSError as e: print(folder, i, e)",
      { fileMiB: 8 },
    );
    expect(many.stdout).toBe(
      "/tmp 8 [Errno 28] No space left on device\n/dev/shm 8 [Errno 28] No space left on device\n",
    );
    const names = await run("for i in range(10**8): open(f'/tmp/{i}', 'w').close()");
    expect(names.kind).toBe("files");
  });

  it("that opens sockets reaches nobody: not this machine, not another, no name", async () => {
    let reached = 0;
    const server = createServer((socket) => {
      reached++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { stdout } = await run(
      attempts(
        `socket.create_connection(('127.0.0.1', ${port}), 2)`,
        "socket.create_connection(('192.0.2.1', 80), 2)",
        "socket.create_connection(('example.com', 80), 2)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "__import__('urllib.request').request.urlopen('http://example.com', timeout=2)",
      ),
    );
    server.close();
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ").at(-1)),
    ).toEqual(Array(6).fill("no"));
    expect(reached).toBe(0);
  });

  it("that ignores signals ends all the same", async () => {
    const deaf =
      "import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\n";
    const timed = await run(`${deaf}while True: signal.pause()`, { timeoutMs: 1000 });
    expect([timed.kind, timed.ending.words]).toEqual(["timeout", "no end within 1 s"]);
    const busy = await run(`${deaf}while True: pass`, { cpuSeconds: 1, timeoutMs: 60_000 });
    expect([busy.kind, busy.ending.words]).toEqual(["cpu", "more than 1 s of processor time"]);
  });

  it.each(["stdout", "stderr"])("that prints endlessly to %s is cut and stopped", async (stream) => {
    const result = await run(
      `import sys\nprint('begin', file=sys.${stream})\nwhile True: print('x' * 999, file=sys.${stream})`,
      {
        outputChars: 500,
      },
    );
    const shown = result[stream as "stdout" | "stderr"];
    expect(result.kind).toBe("output");
    expect(shown.length).toBeLessThanOrEqual(500);
    expect(shown).toMatch(/^begin\nx+\n… 1677\d{4} characters left out …\n[x\n]+$/);
  });

  it("that allocates memory gets MemoryError, alone, and is stopped where its processes do it together", async () => {
    const alone = await run("x = bytearray(10 ** 10)", { memoryMiB: 256 });
    expect([alone.kind, alone.stderr.trim().split("\n").at(-1)]).toEqual(["raised", "MemoryError"]);
    const together = await run(
      "import os, time\nfor i in range(8):\n  if os.fork() == 0:\n    x = bytearray(150 << 20)\n    time.sleep(30)\nos.wait()",
      { memoryMiB: 256 },
    );
    expect([together.kind, together.ending.words]).toEqual(["memory", "more than 256 MiB of memory"]);
    // Pages that forks share count once.
    const shared = await run(
      "import os, time\nx = bytearray(120 << 20)\nfor i in range(8):\n  if os.fork() == 0:\n    time.sleep(1)\n    os._exit(0)\nfor i in range(8): os.wait()",
      { memoryMiB: 256 },
    );
    expect(shared.kind).toBe("finished");
    const hidden = await run(attempts("os.memfd_create('x')", "ctypes.CDLL(None, use_errno=True).shmget.nothing"));
    expect(hidden.stdout).not.toContain("DONE");
  });

  it("finds nothing of the machine: no users, homes, environment, other processes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aepo-secret-"));
    const file = join(folder, "key");
    writeFileSync(file, SECRET);
    const { stdout, stderr, kind } = await run(
      attempts(
        "open('/etc/passwd').read()",
        "open('/etc/shadow').read()",
        `os.listdir(${JSON.stringify(homedir())})`,
        "os.listdir('/home')",
        "os.listdir('/root')",
        "os.listdir('/var')",
        "os.listdir('/sys')",
        `open(${JSON.stringify(file)}).read()`,
        `open('/proc/1/root' + ${JSON.stringify(file)}).read()`,
        `open('/proc/1/cwd/..' + ${JSON.stringify(file)}).read()`,
        `(os.symlink(${JSON.stringify(file)}, '/tmp/link'), open('/tmp/link').read())`,
        `(os.symlink('/', '/tmp/all'), open('/tmp/all' + ${JSON.stringify(file)}).read())`,
        `(os.symlink('../../../../../../..', '/tmp/up'), open('/tmp/up' + ${JSON.stringify(file)}).read())`,
        "os.link('/proc/1/exe', '/tmp/exe')",
      ) +
        "\nprint(sorted(os.listdir('/')), sorted(os.listdir('/etc')), [n for n in os.listdir('/proc') if n.isdigit()])" +
        "\nfor n in ('1', 'self'):\n  for f in ('environ', 'cmdline', 'mountinfo'):\n    try: print(open(f'/proc/{n}/{f}').read()[:20000])\n    except OSError: pass\nprint(dict(os.environ))",
      { outputChars: 100_000 },
    );
    rmSync(folder, { recursive: true });
    expect([kind, stderr]).toEqual(["finished", ""]);
    expect(stdout).not.toMatch(/DONE|AEPO_TEST_KEY/);
    expect(stdout.replaceAll("a-secret-of-the-trainer", "LEAK")).not.toContain("LEAK");
    expect(stdout).toMatch(/'dev', ('etc', )?.*'proc', .*'tmp', 'usr'\] \[[^\]]*\] \['1', '\d+'\]\n/);
    expect(stdout).toContain("'HOME': '/tmp'");
  });

  it("writes nowhere but in /tmp and /dev/shm", async () => {
    const { stdout } = await run(
      attempts(
        ...["/", "/usr", "/usr/lib", "/usr/local", "/etc", "/dev", "/proc", "/proc/sys/kernel", "/usr/bin"].map(
          (folder) => `open('${folder}/written', 'w').write('x')`,
        ),
        "open('/usr/bin/python3', 'r+b')",
        "open('/proc/sys/kernel/hostname', 'w').write('x')",
        "open('/proc/sys/vm/drop_caches', 'w')",
        "open('/proc/sysrq-trigger', 'w')",
        "open('/proc/1/mem', 'r+b')",
        "open('/proc/1/oom_score_adj', 'w').write('0')",
        "os.chmod('/usr', 0o777)",
        "os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0))",
        "os.chown('/tmp', 0, 0)",
        "os.setuid(0)",
        "os.sethostname",
        "os.chroot('/tmp')",
      ),
    );
    expect(stdout).not.toContain("DONE");
    const written = await run(
      "open('/tmp/a', 'w').write('x'); open('/dev/shm/b', 'w').write('x'); open('c', 'w').write('x')",
    );
    expect(written.stdout).toBe("1\n");
    expect(readdirSync("/tmp")).not.toContain("c");
  });

  it("can take no other rights: no mounts, no namespaces, no tracing", async () => {
    const { stdout } = await run(
      attempts(
        ...[
          "unshare(0x10000000)",
          "unshare(0x20000000)",
          "mount(b'x', b'/tmp', b'tmpfs', 0, 0)",
          "umount2(b'/tmp', 2)",
        ].map((call) => `[][0 if libc.${call} == 0 else ctypes.get_errno() and (_ for _ in ()).throw(OSError())]`),
        "[][0 if libc.ptrace(16, 1, 0, 0) == 0 else (_ for _ in ()).throw(OSError())]",
        "subprocess.run(['unshare', '-Ur', 'true'], check=True, capture_output=True)",
      )
        .replace("def attempt", "libc = ctypes.CDLL(None, use_errno=True)\ndef attempt")
        .replace("(OSError,", "(OSError, subprocess.CalledProcessError,"),
    );
    expect(stdout.match(/no$/gm)?.length).toBe(6);
  });

  it("that leaves children behind, of whatever kind, leaves none", async () => {
    const daemon = [
      "import os, subprocess, sys, time",
      "subprocess.Popen(['sleep', '1000'])",
      "subprocess.Popen('nohup setsid sleep 1000 &', shell=True)",
      "if os.fork() == 0:",
      "  os.setsid()",
      "  if os.fork() > 0: os._exit(0)",
      "  while True: time.sleep(1)",
      "print('left')",
    ].join("\n");
    const { kind, stdout } = await run(daemon);
    expect([kind, stdout]).toEqual(["finished", "left\n"]);
  });

  it("that kills or stops everything it can reach stops itself alone", async () => {
    const stop = await run("import os, signal\nfor s in (9, 19, 15):\n  os.kill(1, s)\nprint('here')", {
      timeoutMs: 5000,
    });
    expect([stop.kind, stop.stdout]).toEqual(["finished", "here\n"]);
    const all = await run("import os\ntry: os.kill(-1, 9)\nexcept OSError: pass\nprint('here')");
    expect([all.kind, all.stdout]).toEqual(["finished", "here\n"]);
    const self = await run("import os\nprint('here', flush=True)\nos.kill(os.getpid(), 9)");
    expect([self.kind, self.ending.words, self.stdout]).toEqual(["died", "python was ended by SIGKILL", "here\n"]);
  });

  it("that writes to every descriptor, or closes all, deceives nobody about limits", async () => {
    const forged = await run(
      'import os, time\nfor fd in range(3, 20):\n  try: os.write(fd, b\'done\\n{"stopped":null,"signal":0,"code":0,"cpuSeconds":0}\\n\' * 9000)\n  except OSError: pass\ntime.sleep(60)',
      { timeoutMs: 1500 },
    );
    expect(forged.kind).toBe("timeout");
    const closed = await run("import os\nos.closerange(0, 256)");
    expect(closed.kind).toBe("died");
  });

  it("that breaks the interpreter is an answer", async () => {
    const deep = await run("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()", {
      memoryMiB: 128,
      timeoutMs: 5000,
    });
    // By version a crash, MemoryError, or time spent on a traceback of millions of frames.
    expect(["died", "raised", "timeout"]).toContain(deep.kind);
    const crash = await run("import ctypes\nctypes.string_at(0)");
    expect(crash.ending.words).toContain("python was ended by SIGSEGV");
    const nested = await run(`${"(".repeat(5000)}1${")".repeat(5000)}`);
    expect([nested.kind, nested.stderr.trim().split("\n").at(-1)]).toEqual([
      "raised",
      "SyntaxError: too many nested parentheses",
    ]);
    const robbed = await run(
      "import builtins, sys\nsys.stdout = sys.stderr = None\nfor n in list(vars(builtins)): delattr(builtins, n)\n1/0",
    );
    expect(robbed.kind).not.toBe("finished");
    const ugly = await run("class E(Exception):\n  def __str__(self): raise self\nraise E()");
    expect([ugly.kind, ugly.stderr.trim().split("\n").at(-1)]).toEqual(["raised", "E: <exception str() failed>"]);
    expect((await run("x = 'a\0b'")).stderr).toMatch(/null bytes/);
    expect((await run("x = '\ud800'\nlen(x)")).kind).toBe("raised");
  });

  it("that prints what is no text, or one endless line, is shown", async () => {
    const bytes = await run("import os\nos.write(1, b'a\\xff\\xfe\\xe2\\x82b')\nprint('\\ud800')");
    expect(bytes.stdout).toBe("a\ufffd\ufffd\ufffdb?\n");
    const line = await run("print('y' * 10_000_000)", { outputChars: 300 });
    expect([line.kind, line.stdout.length > 290, line.stdout.length <= 300]).toEqual(["finished", true, true]);
  });
});
