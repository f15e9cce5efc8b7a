/** `npm run bench:wrap`: what `mcp-logbook wrap` adds to a round trip; the same row stands in `npm run bench`. */
import { startBlackHole } from './black-hole.ts';
import { report } from './report.ts';
import { stdioLatency } from './servers.ts';

const sink = await startBlackHole();
try {
  const row = await stdioLatency(sink.url, process.argv.includes('--quick') ? 1 : 9, 'wrap');
  report([row], {
    name: 'bench-wrap',
    how: ': medians, plain and wrapped alternating.',
    document: undefined,
  });
} finally {
  sink.close();
}
