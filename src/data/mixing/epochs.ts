/** The order of a source's questions, a new one every epoch: a pure function of seed, source, epoch and place. */
import { randomStream } from "../../std/random.ts";

const KEPT_EPOCHS = 2;

/** The `rank`-th question asked of `size`: each once an epoch. Orders of the last epochs are kept, so that they are made once. */
export function shuffledEpochs(size: number, seed: number, source: number): (rank: number) => number {
  const identity = Uint32Array.from({ length: size }, (_, i) => i);
  const orders = new Map<number, Uint32Array>();
  const orderOf = (epoch: number): Uint32Array => {
    const known = orders.get(epoch);
    if (known !== undefined) return known;
    const order = shuffled(identity, seed, source, epoch);
    const [oldest] = orders.keys();
    if (oldest !== undefined && orders.size >= KEPT_EPOCHS) orders.delete(oldest);
    orders.set(epoch, order);
    return order;
  };
  return (rank) => orderOf(Math.floor(rank / size))[rank % size] ?? 0;
}

/** Fisher–Yates without a list of boxed numbers. */
function shuffled(identity: Uint32Array, seed: number, source: number, epoch: number): Uint32Array {
  const random = randomStream(seed, "questions", source, epoch);
  const order = identity.slice();
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
