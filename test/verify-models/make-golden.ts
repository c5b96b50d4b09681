/**
 * `npm run verify:models:golden`: makes golden/tiny-models again with PyTorch, transformers and peft. Needs a Python that has
 * them: the one of $AEPO_PYTHON, of .venv, or `python3`; without one it says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const local = `${root}.venv/bin/python`;
const python = process.env["AEPO_PYTHON"] ?? (existsSync(local) ? local : "python3");

const probe = spawnSync(python, ["-c", "import torch, transformers, peft"], { encoding: "utf8" });
if (probe.status === 0) {
  const { status } = spawnSync(python, [`${root}golden/tiny-models.py`], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} else {
  const reason = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1) ?? "";
  process.stdout.write(
    `${python} cannot make the golden files: ${reason}\n` +
      "  to fix: python3 -m venv .venv && .venv/bin/pip install torch transformers peft\n" +
      "  or set AEPO_PYTHON to a Python that has them. The files in golden/ are committed: verify:models needs no Python.\n",
  );
  process.exitCode = 1;
}
