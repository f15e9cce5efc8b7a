/** `npm run bench:wrap`: what `mcp-logbook wrap` adds to a round trip; the same row stands in `npm run bench`. */
import { startBlackHole } from './black-hole.ts';
import { report } from './report.ts';
import { EVERYTHING, stdioLatency } from './servers.ts';

const sink = await startBlackHole();
try {
  const rounds = process.argv.includes('--quick') ? 1 : 9;
  const row = await stdioLatency(EVERYTHING, sink.url, rounds, 'wrap');
  report([row], {
    name: 'bench-wrap',
    how: ': medians, plain and wrapped alternating.',
    document: undefined,
  });
} finally {
  sink.close();
}
