/**
 * `serve`: the sink, the central log behind the collector's audit port (audit.md 5).
 *
 * It stops gracefully on SIGTERM and SIGINT: nothing new is taken, what is under way is stored and answered, the log is
 * committed; a second signal ends it at once, which loses nothing that was acknowledged. `--health` and `--recipient` answer and end.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createSink, LogbookError, sinkRecipient, type Sink } from '@mcp-logbook/audit';
import { startAlerts } from '../alerts/start-alerts.ts';
import { type AlertConfig, readConfig, type Config } from '../config.ts';
import { warnOnce } from '../diag.ts';
import { probe } from '../serve/health.ts';
import { type IntegrityEvents, startIntegrityEvents } from '../serve/integrity-events.ts';
import { createLines, type Lines } from '../serve/lines.ts';
import { startSinkMetrics } from '../serve/metrics.ts';
import { serveOptions, type ServeOptions } from '../serve/options.ts';
import { inPackage } from '../in-package.ts';
import { startWatch } from '../serve/watch-host.ts';
import { boundYoungHeap } from '../serve/young-heap.ts';
import { rootOf, UsageError } from './usage.ts';

export async function serve(args: readonly string[]): Promise<number> {
  const options = serveOptions(args);
  const { task } = options;
  if (typeof task === 'object') return await health(task.health, options.json);
  const config = readConfig(process.env, warnOnce);
  const { keyFile, passphraseFile, keyCommand, pseudonymKeyFile } = config;
  const { retentionDays, checkpointCopy } = config;
  const root = rootOf(options.dir ?? config.dir);
  const access = { root, keyFile, passphraseFile, keyCommand, pseudonymKeyFile };
  if (task === 'recipient') {
    const recipient = sinkRecipient(access);
    process.stdout.write(options.json ? `${JSON.stringify({ recipient })}\n` : `${recipient}\n`);
    return 0;
  }
  return await run(options, { ...access, retentionDays, checkpointCopy }, config.alerts);
}

async function health(url: URL, json: boolean): Promise<number> {
  const { ready, text } = await probe(url);
  if (json) process.stdout.write(`${JSON.stringify({ ready, text })}\n`);
  else if (ready) process.stdout.write(`${text}\n`);
  else process.stderr.write(`mcp-logbook: ${url.origin} is not ready: ${text}\n`);
  return ready ? 0 : 1;
}

/** Longest wait for alerts at the end: nobody waits for a sink as a client does for its server. */
const ALERTS_MS = 5_000;

type StoreOptions = { readonly root: string } & Pick<
  Config,
  | 'keyFile'
  | 'passphraseFile'
  | 'keyCommand'
  | 'pseudonymKeyFile'
  | 'retentionDays'
  | 'checkpointCopy'
>;

async function run(
  options: ServeOptions,
  store: StoreOptions,
  alertConfig: AlertConfig | undefined,
): Promise<number> {
  boundYoungHeap();
  const lines = createLines(options.json, (line) => {
    try {
      writeSync(2, line);
    } catch {
      // Nobody listens; the sink works on.
    }
  });
  const metrics = startSinkMetrics(process.env, version());
  const { host, port, tokenFile, adminTokenFile, tls } = options;
  const alerts = startAlerts(alertConfig, { service: () => 'sink', nameOf: () => undefined });
  let sink: Sink;
  try {
    sink = await createSink({
      ...store,
      host,
      port,
      tokenFile,
      adminTokenFile,
      tls,
      observer: {
        ...metrics.observer,
        problem: (error) => {
          alerts?.watch.problem(error);
          lines.problem(error);
        },
      },
      metrics: () => metrics.text(),
    });
  } catch (error) {
    await metrics.close();
    alerts?.watch.problem(error);
    alerts?.drainSync(ALERTS_MS);
    if (error instanceof LogbookError && error.code === 'ERR_LOGBOOK_USAGE')
      throw new UsageError(error.message, error.hint ?? 'mcp-logbook --help');
    throw error;
  }
  metrics.named(sink.origin);
  const events = startIntegrityEvents(process.env, version());
  const failed: IntegrityEvents['failed'] = (of, problem) => {
    events.failed(of, problem);
    alerts?.watch.trouble('integrity', problem.check, `log ${of}: ${problem.message}`);
  };
  const { folder, origin, vkey } = sink;
  const { anchors, anchorToken } = options;
  const watch = startWatch(
    { folder, origin, vkey, anchors, tokenFile: anchorToken },
    { metrics, events: { ...events, failed }, lines },
  );
  started(lines, options, sink);
  const signal = await stopSignal();
  lines.info('stopping', `${signal}: finishing what is under way`);
  await watch.close();
  await sink.close();
  await Promise.all([metrics.close(), events.close()]);
  alerts?.drainSync(ALERTS_MS);
  lines.info('stopped', `stopped; log ${sink.origin} is committed`);
  return watch.failed ? 1 : 0;
}

function started(lines: Lines, options: ServeOptions, sink: Sink): void {
  const guards = [
    ...(options.tokenFile === undefined ? [] : ['token']),
    ...(options.tls?.clientCa === undefined ? [] : ['client certificate']),
  ];
  const admin = options.adminTokenFile === undefined ? 'off' : 'token';
  const auth = guards.length === 0 ? 'none, loopback only' : guards.join(' and ');
  const { url, origin, vkey, recipient, size } = sink;
  lines.info(
    'started',
    `listening on ${url} (credentials: ${auth}; admin: ${admin}), log ${origin} with ${size} entries, verifier key ${vkey}, ` +
      `recipient ${recipient}`,
    { url, auth, admin, origin, size, vkey, recipient },
  );
}

/** Resolves with the first signal to stop; the next one ends the process by its default. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      process.removeListener('SIGTERM', stop);
      process.removeListener('SIGINT', stop);
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function version(): string {
  const text = readFileSync(inPackage('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
