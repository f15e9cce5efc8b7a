/** The ports of the stack: the documented ones where they are free, else any free one. Loopback only. */
import type { Server } from 'node:net';
import { holdPort, tryPort } from '../free-ports.ts';

/** What listens, by name; the values are the documented ports (design: surface, "Ports"). */
export const NORMAL_PORTS = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  audit: 4320,
  auditSpans: 4321,
  collectorMetrics: 8888,
  health: 13133,
  sink: 4319,
  prometheus: 9090,
  loki: 3100,
  lokiGrpc: 9096,
  tempo: 3200,
  tempoGrpc: 9095,
  tempoOtlpHttp: 14318,
  tempoOtlpGrpc: 14317,
  grafana: 3000,
} as const;

/** A port for each name. */
export type Ports = Readonly<Record<keyof typeof NORMAL_PORTS, number>>;

/**
 * Chooses ports.
 * @param preferNormal the documented port wherever nothing listens on it now
 */
export async function choosePorts(preferNormal: boolean): Promise<Ports> {
  const held: Server[] = [];
  const chosen: [string, number][] = [];
  for (const [name, normal] of Object.entries(NORMAL_PORTS)) {
    const own = preferNormal ? await tryPort(normal) : undefined;
    const { server, port } = own === undefined ? await holdPort() : { server: own, port: normal };
    held.push(server);
    chosen.push([name, port]);
  }
  // All are held until all are chosen, so no port is given twice.
  await Promise.all(
    held.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return Object.fromEntries(chosen) as unknown as Ports;
}
