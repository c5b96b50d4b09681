/**
 * The program that runs what the policy wrote: one process that watches and one that executes, both this text, given to
 * `python3 -c`. It reads its request from descriptor 3, which stays open as long as the caller wants the run,
 * and writes what happened to descriptor 4, a line each: `fresh` when the earlier cells have been run again, `done` when the new one came to its end, and last how the executing process ended.
 *
 * In the sandbox the watching process is number 1 of its own process namespace: nothing in there can signal or stop it, and
 * when it ends all others end. Without a sandbox it takes in orphans (Linux), so that it finds children that were left behind.
 */
export const RUNNER = String.raw`
import ast, builtins, json, linecache, os, random, resource, select, signal, sys, time, traceback, types
try:
    import ctypes
    prctl = ctypes.CDLL(None).prctl
except (ImportError, AttributeError, OSError):
    prctl = lambda *_: -1
PDEATHSIG, DUMPABLE, SUBREAPER = 1, 4, 36
PAGE = os.sysconf("SC_PAGE_SIZE")
POLL_SECONDS = 0.05
MAX_FILES = 20000

def read_request():
    """Its length in a line, then itself; what is cut short is from a caller that is gone."""
    with open(3, "rb", closefd=False) as stream:
        size = int(stream.readline() or b"0")
        text = stream.read(size)
    if size == 0 or len(text) < size:
        os._exit(0)
    return json.loads(text)

def is_caller_gone():
    try:
        return bool(select.select([3], [], [], 0)[0]) and os.read(3, 1) == b""
    except OSError:
        return True

def say(line):
    try:
        os.write(4, line.encode() + b"\n")
    except OSError:
        pass

# ---- the process that executes

def limit(kind, soft, hard=None):
    """Or less, where this process itself is allowed less."""
    most = resource.getrlimit(kind)[1]
    wanted = (soft, soft if hard is None else hard)
    resource.setrlimit(kind, wanted if most == resource.RLIM_INFINITY else tuple(min(one, most) for one in wanted))

def set_limits(request):
    mib = 1 << 20
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, 256)
    limit(resource.RLIMIT_FSIZE, request["fileMiB"] * mib)
    limit(resource.RLIMIT_AS, request["memoryMiB"] * mib)
    # Each earlier cell had as much; what is left of it is taken away before the new one.
    limit(resource.RLIMIT_CPU, (len(request["earlier"]) + 1) * (request["cpuSeconds"] + 2) + 2)
    # Since Linux 5.14 a user namespace counts its own processes; before, and outside one, all of the user's would count.
    release = os.uname().release.split(".")[:2]
    if request["sandboxed"] and tuple(map(int, release)) >= (5, 14):
        limit(resource.RLIMIT_NPROC, request["processes"] + 1)

def cpu_for_the_new_cell(seconds):
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    limit(resource.RLIMIT_CPU, soft, soft + 1)

def seed_chance(seed):
    random.seed(seed)
    stream = random.Random(seed + 1)
    os.urandom = random._urandom = stream.randbytes

def write_files(files):
    for path, text in files.items():
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)

def run(code, name, space):
    """Like a prompt: the value of a last expression is printed."""
    lines = code.splitlines(keepends=True)
    linecache.cache[name] = (len(code), None, lines, name)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    if last is not None:
        exec(compile(ast.Interactive([last]), name, "single"), space)

def show(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    # Code that could not be read at all has no lines of its own in the trace.
    if trace is None or trace.tb_frame.f_code.co_filename == ast.__file__:
        text = "".join(traceback.format_exception_only(type(error), error))
    else:
        text = "".join(traceback.format_exception(type(error), error, trace))
    flush()
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(2, data):]

def flush():
    for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            pass

def execute(request):
    os.close(3)
    prctl(DUMPABLE, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGTERM})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_limits(request)
    write_files(request["files"])
    seed_chance(request["seed"])
    sys.argv[:] = [""]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    own = sys.modules["__main__"]
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    space, earlier = main.__dict__, request["earlier"]
    for index, code in enumerate(earlier):
        try:
            run(code, f"<cell {index + 1}>", space)
        except SystemExit:
            pass
        except BaseException as error:
            show(error)
    flush()
    mark = request["mark"].encode()
    os.write(1, mark)
    os.write(2, mark)
    cpu_for_the_new_cell(request["cpuSeconds"])
    say("fresh")
    status = 0
    try:
        run(request["code"], f"<cell {len(earlier) + 1}>" if request["cells"] else "<python>", space)
    except SystemExit as end:
        if isinstance(end.code, int):
            status = end.code & 255
        elif end.code is not None:
            status = 1
            os.write(2, f"{end.code}\n".encode("utf-8", "replace"))
    except BaseException as error:
        status = 1
        show(error)
    flush()
    say("done")
    # Threads that are no daemons are waited for, and what was registered for the end is run, as at the end of a script.
    sys.exit(status)

# ---- the process that watches

def numbers():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []

def family(sandboxed):
    """All processes but this one that belong to the call."""
    if sandboxed:
        return [number for number in numbers() if number != 1]
    parents = {}
    for number in numbers():
        try:
            with open(f"/proc/{number}/stat") as file:
                parents[number] = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            pass
    found, last = set(), {os.getpid()}
    while last:
        last = {number for number, parent in parents.items() if parent in last} - found
        found |= last
    return list(found)

def threads_and_bytes(number):
    with open(f"/proc/{number}/stat") as file:
        threads = int(file.read().rpartition(")")[2].split()[17])
    with open(f"/proc/{number}/statm") as file:
        _, resident, shared = map(int, file.read().split()[:3])
    return threads, (resident - shared) * PAGE

def shared_out(number):
    """Memory with pages that several processes share divided between them: slow, so only asked when it matters."""
    with open(f"/proc/{number}/smaps_rollup") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))

def total(measure, found):
    sums = []
    for number in found:
        try:
            sums.append(measure(number))
        except (OSError, ValueError, IndexError):
            pass
    return sums

def excess(request, found):
    if len(found) > request["processes"]:
        return "processes"
    measured = total(threads_and_bytes, found)
    if sum(threads for threads, _ in measured) > request["processes"]:
        return "processes"
    most = request["memoryMiB"] << 20
    if sum(size for _, size in measured) > most and sum(total(shared_out, found)) > most:
        return "memory"
    if request["sandboxed"]:
        for folder in ("/tmp", "/dev/shm"):
            room = os.statvfs(folder)
            if room.f_files - room.f_ffree > MAX_FILES:
                return "files"
    return None

def end_all(request, gone):
    if request["sandboxed"]:
        try:
            os.kill(-1, signal.SIGKILL)
        except OSError:
            pass
        return
    for _ in range(50):
        found = family(False)
        if not found:
            return
        for number in found:
            try:
                os.kill(number, signal.SIGKILL)
            except OSError:
                pass
        reap(gone)
        time.sleep(0.01)

def reap(gone):
    """Notes how ended children ended."""
    try:
        while (ended := os.wait4(-1, os.WNOHANG))[0] != 0:
            gone[ended[0]] = ended[1:]
    except ChildProcessError:
        pass

def watch(request, child):
    # In the sandbox whoever asks for the end kills all from outside; from inside nobody may ask.
    awaited = {signal.SIGCHLD} if request["sandboxed"] else {signal.SIGCHLD, signal.SIGTERM}
    stopped, gone = None, {}
    while child not in gone:
        came = signal.sigtimedwait(awaited, POLL_SECONDS)
        if (came is not None and came.si_signo == signal.SIGTERM) or is_caller_gone():
            break
        reap(gone)
        if child not in gone and stopped is None:
            stopped = excess(request, family(request["sandboxed"]))
            if stopped is not None:
                end_all(request, gone)
    end_all(request, gone)
    status, used = gone.get(child, (signal.SIGKILL, None))
    seconds = 0 if used is None else used.ru_utime + used.ru_stime
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    say(json.dumps({"stopped": stopped, "signal": killed, "code": code, "cpuSeconds": seconds}))
    os._exit(0)

request = read_request()
os.set_inheritable(3, False)
os.set_inheritable(4, False)
# What is blocked is kept until it is waited for; number 1 of a namespace ignores what it does not wait for.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD} if request["sandboxed"] else {signal.SIGCHLD, signal.SIGTERM})
prctl(DUMPABLE, 0, 0, 0, 0)
if not request["sandboxed"]:
    prctl(SUBREAPER, 1, 0, 0, 0)
    prctl(PDEATHSIG, signal.SIGTERM, 0, 0, 0)
child = os.fork()
if child == 0:
    execute(request)
else:
    for fd in (0, 1, 2):
        os.close(fd)
    watch(request, child)
`;
