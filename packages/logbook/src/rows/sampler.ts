/** The samplers of the OpenTelemetry specification that need no SDK, decided on the main thread. */
import type { TraceParent } from '@mcp-logbook/instrumentation/telemetry';
import type { SamplerName } from './settings.ts';

/** Whether a new span is recorded. */
export type Sample = (traceId: string, parent: TraceParent | undefined) => boolean;

/** The sampler of a name. */
export function createSampler(name: SamplerName, ratio: number): Sample {
  const root = rootSampler(name, ratio);
  if (!name.startsWith('parentbased_')) return (traceId) => root(traceId);
  return (traceId, parent) => parent?.sampled ?? root(traceId);
}

function rootSampler(name: SamplerName, ratio: number): (traceId: string) => boolean {
  switch (name) {
    case 'always_on':
    case 'parentbased_always_on':
      return () => true;
    case 'always_off':
    case 'parentbased_always_off':
      return () => false;
    case 'traceidratio':
    case 'parentbased_traceidratio': {
      const bound = ratio >= 1 ? 4_294_967_296 : Math.floor(Math.max(0, ratio) * 4_294_967_295);
      return (traceId) => accumulate(traceId) < bound;
    }
  }
}

/** XOR of the four words of a trace id, as OpenTelemetry JS does, so that both decide alike. */
function accumulate(traceId: string): number {
  let words = 0;
  for (let at = 0; at < 32; at += 8) {
    words = (words ^ Number.parseInt(traceId.slice(at, at + 8), 16)) >>> 0;
  }
  return words;
}
