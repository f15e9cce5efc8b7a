/**
 * Loopback ports that were free a moment ago, all different. Below those that Linux gives to outgoing connections (32768
 * on): one of them, taken by a connection before the server of a test had it, made that server fail.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

const FIRST = 15_000;
const LAST = 32_767;

/** `count` ports, none twice. */
export async function freePorts<N extends number>(count: N): Promise<PortsOf<N>> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const { server, port } = await holdPort();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    ports.add(port);
  }
  return [...ports] as PortsOf<N>; // `count` of them
}

/** A free port, held until its server is closed. */
export async function holdPort(): Promise<{ readonly server: Server; readonly port: number }> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    const server = await tryPort(port);
    if (server !== undefined) return { server, port };
  }
}

/** A server on `port`; `undefined` where something else has it. */
export function tryPort(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

type PortsOf<N extends number, Found extends number[] = []> = number extends N
  ? number[]
  : Found['length'] extends N
    ? Found
    : PortsOf<N, [...Found, number]>;
