/**
 * The sandbox as arguments of bubblewrap: namespaces of its own for users, processes, network, IPC and host name, no capability, a
 * read-only system, an empty environment, and /tmp and /dev/shm as the only places to write, in memory and of bounded size. Nothing
 * of /etc, of homes or of the rest of the machine is there.
 */
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import type { PythonSettings } from "./options.ts";

const NAMESPACES = [
  "--unshare-all --unshare-user --disable-userns --uid 65534 --gid 65534 --cap-drop ALL",
  "--die-with-parent --new-session --as-pid-1 --hostname sandbox --clearenv",
  "--proc /proc --dev /dev",
].flatMap((part) => part.split(" "));
const SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"] as const;
/** Where the dynamic linker looks: names of libraries, nothing about the machine's users. */
const LINKER = ["/etc/ld.so.cache", "/etc/alternatives"] as const;

/** What the code finds in its environment, in a sandbox or not. */
export function environmentOf(folder: string, { seed }: PythonSettings): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    TMPDIR: folder,
    USER: "sandbox",
    LANG: "C.UTF-8",
    TZ: "UTC",
    // The order of sets belongs to the seed, too.
    PYTHONHASHSEED: String(seed),
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
  };
}

/** Arguments up to the command. `seccompFd`: the descriptor that the filter of system calls is read from, if there is one. */
export function sandboxArguments(
  settings: PythonSettings,
  readable: readonly string[],
  seccompFd: number | null,
): string[] {
  const size = String(settings.fileMiB * 2 ** 20);
  const environment = Object.entries(environmentOf("/tmp", settings));
  return [
    ...NAMESPACES,
    ...environment.flatMap(([name, value]) => ["--setenv", name, value]),
    "--ro-bind",
    "/usr",
    "/usr",
    ...SYSTEM.flatMap(systemFolder),
    ...LINKER.flatMap((path) => ["--ro-bind-try", path, path]),
    ...["/dev/shm", "/tmp"].flatMap((path) => ["--size", size, "--tmpfs", path]),
    ...readable.flatMap((path) => ["--ro-bind", path, path]),
    ...["/dev", "/"].flatMap((path) => ["--remount-ro", path]),
    "--chdir",
    "/tmp",
    ...(seccompFd === null ? [] : ["--seccomp", String(seccompFd)]),
  ];
}

/** A link into /usr on most systems, a folder of its own on others. */
function systemFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
}
