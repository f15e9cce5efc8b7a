/**
 * Stays around a transport's callback, whoever sets it: gateways (supergateway, stdio to HTTP) let the SDK connect and then put
 * a callback of their own in its place, and the messages go there.
 *
 * Where the transport's class has an accessor (v1 >= 1.25 and v2 Node transports forward to an inner object), its getter and
 * setter do the keeping; where it is a plain property, we keep the value. What is read back is the callback that was set,
 * with us around it, as the transport itself reads it from there.
 */

export type Callback = (this: unknown, ...args: unknown[]) => unknown;

/**
 * @param around makes the callback that stands in for one of the program's; must not throw
 * @throws TypeError when the transport does not take a property (sealed, Proxy)
 */
export function followCallback(
  transport: object,
  name: string,
  around: (callback: Callback) => Callback,
): void {
  // With us around them already: a program may put back what it found.
  const ours = new WeakSet<object>();
  const wrapped = (value: unknown): unknown => {
    if (typeof value !== 'function' || ours.has(value)) return value;
    const made = around(value as Callback);
    ours.add(made);
    return made;
  };
  const found = descriptorOf(transport, name);
  // eslint-disable-next-line typescript/unbound-method -- called with the transport as `this` below
  const { get, set } = found ?? {};
  if (get !== undefined && set !== undefined) {
    const present: unknown = Reflect.get(transport, name);
    define(transport, name, {
      get: () => Reflect.apply(get, transport, []) as unknown,
      set: (value) => {
        Reflect.apply(set, transport, [wrapped(value)]);
      },
    });
    Reflect.set(transport, name, present);
    return;
  }
  let kept = wrapped(found?.value);
  define(transport, name, { get: () => kept, set: (value) => void (kept = wrapped(value)) });
}

function define(
  transport: object,
  name: string,
  accessor: { get: () => unknown; set: (value: unknown) => void },
): void {
  Object.defineProperty(transport, name, { ...accessor, configurable: true, enumerable: true });
}

function descriptorOf(transport: object, name: string): PropertyDescriptor | undefined {
  for (
    let owner: object | null = transport;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    const found = Object.getOwnPropertyDescriptor(owner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
