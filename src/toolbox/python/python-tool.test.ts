import { describe, expect, it, vi } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { byPath, growOne, testRules } from "../../rollout/testing/small-world.ts";
import { walk } from "../../rollout/tree.ts";
import type { AnyTool } from "../../tools/tool.ts";
import { LateFailure } from "../../tools/late-failure.ts";
import { inputOfText } from "../../tools/tool-input.ts";
import { type PythonOptions, UNSANDBOXED } from "./options.ts";
import { openPythonTool, type PythonState } from "./python-tool.ts";
import { whyNoSandbox } from "./testing/sandbox-here.ts";

const why = await whyNoSandbox();

interface Answer {
  readonly text: string;
  readonly state: PythonState | undefined;
}

/** A call as a rollout makes it: what is thrown is a failed call whose state is the one before. */
async function call(python: AnyTool, code: string, state?: PythonState, signal?: AbortSignal): Promise<Answer> {
  const given = { state, call: 0, signal: signal ?? new AbortController().signal };
  try {
    const output: unknown = await python.execute(python.input.parse(inputOfText(python, code)), given as never);
    return typeof output === "string" ? { text: output, state } : (output as Answer);
  } catch (thrown) {
    return { text: `error: ${(thrown as Error).message}`, state };
  }
}

async function opened(options: PythonOptions = {}): Promise<AnyTool> {
  const { tools } = await openPythonTool({ timeoutMs: 20_000, ...options });
  return tools[0] as AnyTool;
}

describe.skipIf(why !== null)(`the python tool ${why ?? ""}`, () => {
  it("answers with what is printed, the last value and the traceback", async () => {
    const python = await opened();
    expect((await call(python, "print('a')\n1 + 1")).text).toBe("a\n2");
    expect((await call(python, "x = 1")).text).toBe("(no output)");
    expect((await call(python, "import sys\nprint('out')\nprint('err', file=sys.stderr)")).text).toBe("out\nerr");
    expect((await call(python, "print('a')\nnope")).text).toMatch(
      /^a\nTraceback \(most recent call last\):\n {2}File "<python>", line 2, in <module>\n[^]*NameError: name 'nope' is not defined$/,
    );
    expect((await call(python, "import sys; sys.exit(2)")).text).toBe("(exit code 2)");
    const { text } = await call(await opened({ outputChars: 200 }), "print('x' * 1000)\n1 / 0");
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text).toMatch(/^x+[^]*ZeroDivisionError: division by zero$/);
  });

  it("fails a call that was stopped, with what it had printed", async () => {
    const python = await opened({ timeoutMs: 1000 });
    expect((await call(python, "print('half')\nwhile True: pass")).text).toBe("error: no end within 1 s\nhalf");
    expect((await call(python, "import os; os._exit(1)")).text).toBe(
      "error: python ended in the middle, with exit code 1",
    );
  });

  it("tells the policy what it is", async () => {
    expect((await opened()).description).toMatch(
      /^Runs code in Python 3\.\d+\.\d+ and returns what it prints; the value of a last expression is printed, too\. Every call starts afresh\. There is no network\. Limits: 20 seconds, 1024 MiB of memory\.$/,
    );
    expect((await opened({ state: "keep", modules: ["json", "collections.abc"] })).description).toContain(
      "Variables are kept from call to call. Installed: json, collections.abc. There",
    );
  });

  it("forgets from call to call by default, and leaves the path's state alone", async () => {
    const python = await opened();
    const other = { cells: [], printed: "another tool's" };
    const first = await call(python, "x = 1", other);
    expect(first.state).toBe(other);
    expect((await call(python, "x", first.state)).text).toContain("NameError");
  });

  it("keeps variables, imports, files and chance on request, also of a call that raised", async () => {
    const python = await opened({ state: "keep" });
    const first = await call(python, "import math, random\nx = 3\nprint('once')\nr = random.random()");
    const second = await call(python, "x += 1\nopen('f', 'w').write('kept')\ny = 1 / 0", first.state);
    expect(second.text).toContain('File "<cell 2>", line 3');
    const third = await call(python, "print(x, open('f').read(), math.pi, r)", second.state);
    expect(third.text).toMatch(/^4 kept 3\.14\d+ 0\.8444\d+$/);
    expect(third.state?.cells).toHaveLength(3);
  });

  it("forgets a call that was stopped, and says so", async () => {
    const python = await opened({ state: "keep", timeoutMs: 1500 });
    const first = await call(python, "x = 1");
    const second = await call(python, "x = 2\nwhile True: pass", first.state);
    expect(second).toEqual({ text: "error: no end within 1.5 s; nothing of this call is kept", state: first.state });
    expect((await call(python, "x", second.state)).text).toBe("1");
  });

  it("forks by its value: two paths from one state do not see each other", async () => {
    const python = await opened({ state: "keep" });
    const root = await call(python, "values = [1]");
    const frozen = JSON.stringify(root.state);
    const [left, right] = await Promise.all([
      call(python, "values.append('left'); values", root.state),
      call(python, "values.append('right'); values", root.state),
    ]);
    expect([left.text, right.text]).toEqual(["[1, 'left']", "[1, 'right']"]);
    expect((await call(python, "values", left.state)).text).toBe("[1, 'left']");
    expect(JSON.stringify(root.state)).toBe(frozen);
    // A state is JSON: it survives a record and a checkpoint.
    const read = JSON.parse(JSON.stringify(right.state)) as PythonState;
    expect((await call(python, "values", read)).text).toBe("[1, 'right']");
  });

  it("AEPO-R8: lives along the paths of a tree that branches", async () => {
    const python = await opened({ state: "keep" });
    const code = "try: n += 1\nexcept NameError: n = 0\nprint(f'n{n}')";
    // Both roots look three times and branch at the first result; fork 2 looks once more on its own.
    const tree = await growOne(byPath({ 0: [0, 1, 0, "answer"], 1: ["answer"], 2: [0, "answer"] }), {
      rules: testRules({ groupSize: 3 }),
      toolTimeoutMs: 60_000,
      world: {
        environment: { initial: () => undefined as never, fork: (state) => state },
        look: (_, context) => python.execute({ code }, context),
      },
    });
    const said = (path: number) => walk(tree, tree.paths[path]?.leaf ?? 0).flatMap(({ result }) => result?.text ?? []);
    expect(tree.paths[2]?.origin).toEqual({ kind: "fork", from: 0, at: 1 });
    expect(said(0)).toEqual(["n0", "n1", "n2"].map((text) => `<result> ${text} </result>`));
    expect(said(2)).toEqual(["n0", "n1"].map((text) => `<result> ${text} </result>`));
  });

  it("AEPO-R10: marks failures that the clock made", async () => {
    const python = await opened({ timeoutMs: 500 });
    const context = { state: undefined, call: 0, signal: new AbortController().signal };
    const failure = async (code: string): Promise<unknown> =>
      Promise.resolve(python.execute({ code }, context)).then(
        () => null,
        (thrown: unknown) => thrown,
      );
    expect(await failure("while True: pass")).toBeInstanceOf(LateFailure);
    expect(await failure("import os; os._exit(1)")).not.toBeInstanceOf(LateFailure);
  });

  it("says when code that ran again printed something else", async () => {
    const python = await opened({ state: "keep" });
    const first = await call(python, "import time\nt = time.time_ns()\nprint(t)");
    expect((await call(python, "1", first.state)).text).toBe(
      "1\n(the code of earlier calls was run again and printed something else than before)",
    );
    const steady = await call(python, "print(object(), {'a', 'b'})");
    expect((await call(python, "1", steady.state)).text).toBe("1");
  });

  it("refuses a state that is another tool's", async () => {
    const python = await opened({ state: "keep" });
    expect((await call(python, "1", { pages: 3 } as never)).text).toMatch(
      /^error: the state of this path is not one of python\n/,
    );
  });

  it("ends what runs when it is closed", async () => {
    const open = await openPythonTool();
    const running = call(open.tools[0] as AnyTool, "import time; time.sleep(1000)");
    await open.close();
    await open.close();
    expect((await running).text).toBe("error: python has been closed");
    expect((await call(open.tools[0] as AnyTool, "1")).text).toBe("error: python has been closed");
  });

  it("opens only with the modules it promises", async () => {
    expect(await rejectionMessage(openPythonTool({ modules: ["json", "no_such_module"] }))).toBe(
      "python.modules: /usr/bin/python3 has no module no_such_module\n  to fix: install it for /usr/bin/python3, or name in " +
        "python.interpreter a virtual environment that has it",
    );
    expect(await rejectionMessage(openPythonTool({ modules: ["a; import os"] }))).toContain(
      "python.modules.0: the name of a module",
    );
  });

  it("says aloud that there is no sandbox", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const python = await opened({ sandbox: UNSANDBOXED });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      "python runs what the model writes without a sandbox: it may read, write and send whatever this user may",
      "AepoWarning",
    );
    warn.mockRestore();
    expect((await call(python, "6 * 7")).text).toBe("42");
  });
});
