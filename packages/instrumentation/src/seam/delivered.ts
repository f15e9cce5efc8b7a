/**
 * What a seam tells the others: which messages reached a Protocol, kept only while something in front of it has to know
 * (`edge.ts`), and that one came over this process's own stdio, so that the tap stands down.
 */
const delivered = new WeakSet();
let isAsked = false;

/** From now on somebody asks. */
export function keepDelivered(): void {
  isAsked = true;
}

/** A message reached a Protocol. */
export function noteDelivered(message: object): void {
  if (isAsked) delivered.add(message);
}

/** Whether it did. */
export function wasDelivered(message: object): boolean {
  return delivered.has(message);
}

let heardOnStdio: (() => void) | undefined;

/** Has `heard` called when a seam gets a message that may have come over this process's own stdio. */
export function whenHeardOnStdio(heard: () => void): void {
  heardOnStdio = heard;
}

/** A seam got one. */
export function hearOnStdio(): void {
  heardOnStdio?.();
}
