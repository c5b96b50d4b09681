/**
 * System calls that the sandbox refuses (as "not implemented"), as the program that the kernel runs at each call: what would hold
 * memory outside the counted limits (memfd, System V IPC, message queues, io_uring), look into other processes, or change
 * mounts, namespaces, keys and the kernel itself. The namespaces refuse most of these as well; this is the second wall.
 */
import { endianness } from "node:os";

/** Numbers by architecture, from the kernel's syscall tables: [x86-64, arm64]. */
const REFUSED: Readonly<Record<string, readonly [number, number]>> = {
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  shmat: [30, 196],
  semget: [64, 190],
  msgget: [68, 186],
  mq_open: [240, 180],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  userfaultfd: [323, 282],
  perf_event_open: [298, 241],
  bpf: [321, 280],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  unshare: [272, 97],
  setns: [308, 268],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  kexec_load: [246, 104],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  swapon: [167, 224],
  reboot: [169, 142],
};

const ARCHITECTURES = {
  // AUDIT_ARCH_*, and from which number on calls are of another ABI (x32).
  x64: { column: 0, audit: 0xc000003e, other: 0x40000000 },
  arm64: { column: 1, audit: 0xc00000b7, other: 0x40000000 },
} as const;

const [LOAD, EQUAL, AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06];
const [ALLOW, KILL, NOT_IMPLEMENTED] = [0x7fff0000, 0x80000000, 0x00050026];

/** The filter as bubblewrap reads it (struct sock_filter[]), or null for an architecture whose numbers are not known here. */
export function seccompFilter(architecture: string = process.arch): Uint8Array | null {
  if (!(architecture === "x64" || architecture === "arm64") || endianness() !== "LE") return null;
  const { column, audit, other } = ARCHITECTURES[architecture];
  const numbers = Object.values(REFUSED).map((pair) => pair[column]);
  // Jumps count instructions: after the checks stand ALLOW and then NOT_IMPLEMENTED.
  const checks = numbers.map((number, index) => instruction(EQUAL, number, numbers.length - index, 0));
  return Buffer.concat([
    instruction(LOAD, 4),
    instruction(EQUAL, audit, 1, 0),
    instruction(RETURN, KILL),
    instruction(LOAD, 0),
    instruction(AT_LEAST, other, numbers.length + 1, 0),
    ...checks,
    instruction(RETURN, ALLOW),
    instruction(RETURN, NOT_IMPLEMENTED),
  ]);
}

function instruction(code: number, value: number, ifTrue = 0, ifFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
