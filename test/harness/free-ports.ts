/** Loopback ports that were free a moment ago, all different. */
import { createServer } from 'node:net';

/** `count` ports, none twice. */
export async function freePorts<N extends number>(count: N): Promise<PortsOf<N>> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return ports as PortsOf<N>; // `count` of them
}

type PortsOf<N extends number, Found extends number[] = []> = number extends N
  ? number[]
  : Found['length'] extends N
    ? Found
    : PortsOf<N, [...Found, number]>;
