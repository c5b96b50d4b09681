/** Maps are written in the order of their names, as protobuf's deterministic form has it: the same content, the same bytes. */

export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
