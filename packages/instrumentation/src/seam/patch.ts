/** Patches a class of the SDK through one of its instances, once, whichever copy of this package comes first. */

/** A method as it is called: with its own `this`. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Replaces a method of the prototype that owns `member`; what has no such prototype, or was patched, stays as it is.
 * @param mark says on the prototype that it was
 * @param around makes the method that takes the place of the class's own; must not throw, and must call it (I8)
 */
export function patchClass(
  instance: unknown,
  { member, method = member, mark }: { member: string; method?: string; mark: symbol },
  around: (own: Method) => Method,
): void {
  let owner: unknown = instance;
  while (typeof owner === 'object' && owner !== null && !Object.hasOwn(owner, member))
    owner = Object.getPrototypeOf(owner);
  if (typeof owner !== 'object' || owner === null) return;
  const prototype = owner as Record<string | symbol, unknown>;
  const own = prototype[method];
  if (typeof own !== 'function' || prototype[mark] === true) return;
  Object.defineProperty(prototype, mark, { value: true });
  prototype[method] = around(own as Method);
}

/** The value of `act`; nothing where it throws: telemetry never throws into the program (I8). */
export function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
