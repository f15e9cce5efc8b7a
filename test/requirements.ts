/**
 * The requirements of the main job as data: every line of "Must show" (M3.x) and of "Bad input and bad weather"
 * (W3.x) of issue 3, those of issues 4 to 6 (M4.x to M6.x), plus the coverage that the interfaces promise. Tests cite them by `verifies('M3.2')`;
 * `e2e/coverage.test.ts` fails on a line that no test cites and on a citation that names no line.
 */

/** Requirement by id. */
export const REQUIREMENTS = {
  'M3.1':
    'npm ci && npm run demo does all of its part, npm ci && npm test passes, both with only an old Node on PATH',
  'M3.2':
    'four real servers over stdio, and server-everything over HTTP and SSE with two clients: answers equal the plain run, each call has its span, event, metric point and entry',
  'M3.3':
    'every span, event and metric passes the strict check; client and server span are one trace; the log record carries its trace and span id',
  'M3.4':
    'a session of one call that ends at once delivers span, record and entry in every run; with the receiver down the entry is there and the exit is not delayed beyond the cap',
  'M3.5':
    'canary secrets are found in no OTLP byte, no file under the logbook root and nothing on stderr; stdout and stderr are those of the plain run',
  'M3.6': 'stdout is JSON-RPC only at every OTEL_LOG_LEVEL, with OTEL_TRACES_EXPORTER=console too',
  'M3.7':
    'verify names file, line and first bad commit for a flipped bit, a removed line, a swapped pair, a truncated tail; clean runs raise no alarm; after kill -9 every acknowledged entry is there',
  'M3.8':
    'query by user, tool, time and limit, newest first, under 20 ms warm at 100,000 entries; index.db rebuilds itself',
  'M3.9': 'npm run bench prints the table of speed and memory',
  'M3.10':
    'npm pack contains what it needs and nothing else; a project that installs the tarballs runs the flag in CommonJS and ESM',
  'W3.1':
    'unwritable folder: the server runs on, one stderr line; in strict, calls fail with a JSON-RPC error and the handler never runs',
  'W3.2': 'two processes at once write to two folders',
  'W3.3':
    'a missing or wrong key over an existing log is refused, never a new key, with what to do',
  'W3.4':
    'a torn last line or a killed process is recovered at the next start, and a log.recovered entry says what',
  'W3.5': 'a frontier, last commit or published checkpoint that does not fit: refuses to append',
  'W3.6':
    'endpoint down, slow, 500 or 404: the server feels nothing, the logbook is complete, one warning',
  'W3.7':
    "huge, deep, cyclic, throwing, proxied arguments and results: the call's own result is untouched and something safe is recorded",
  'W3.8':
    'a program that never loads MCP under the flag: no output, no SDK load, no timers, no file',
  'M4.1':
    'every span, log record, metric point and audit record of 2,000 calls by five servers is read back from its store, exactly once for audit; every dashboard and alert query is well formed, and has an answer on the demo traffic',
  'M4.2':
    'collector, sink, Loki and Tempo killed in turn, outages, storms, full disks, hostile bodies: produced = stored + conflicts + quarantined, exactly once; a record cut out raises the gap alert',
  'M4.3': 'a Loki that is down leaves the audit acknowledgement p99 under 50 ms and loses nothing',
  'M4.4':
    'nothing is accepted or read without credentials, no secret is shown anywhere, canaries past our redaction are caught and counted, tokens rotate without loss',
  'M4.5': 'every alert fires, does not fire and resolves; six of them by real events',
  'M4.6': 'telemetrygen and a server of another language show on the same dashboards',
  'M4.7': 'pictures of all seven dashboards from a real Grafana',
  'M4.8': 'docker compose up of the unchanged file: healthy, read back, down and up lose nothing',
  'M4.9': 'npm run stack is ready in 60 s',
  'M5.3':
    'hostile input: nothing thrown, nothing leaked, no case over its limit; doubling the input never more than doubles the time',
  'M5.4':
    "one live value of every rule family through a real server's arguments, results and errors: none in OTLP bytes and logbook folder, nothing on stdout and stderr beyond the plain run's",
  'M5.5':
    'rules of the user: an exponential regex, one without a literal, an allow-list entry, a pseudonym that is stable in a process and another in the next, a hook that throws: each does what the design says',
  'M5.6': 'npm run bench shows what redaction adds to one call, before and after',
  'M6.6': 'npm run bench:logbook prints the table of the logbook',
  'M6.7':
    'erasure end to end through the stack: central log, Loki, what is left in Tempo until when',
  'M7.3':
    'conformance suites 0.1.16 and the newest alpha, server and client, and the inspector: results are the same with and without the flag',
  'M7.4':
    'every authentication event, on SDK 1 and 2, on Express, Hono and Fastify: plain answers, an entry with client, subject and address, canary tokens nowhere',
  'M7.5':
    'ten thousand calls at once over 50 sessions, cancellations and closes in the middle: spans, events and entries match them one to one, no context of another session, memory returns to its level',
  'W6.1':
    'wrong or missing keys, foreign files, a log of a newer format, a clock in 1970 or 2100, a user id of 1 MB, zero bytes in names: a clear message with what to do, the exit code of the surface, nothing lost',
} as const;

/** Id of a requirement. */
export type RequirementId = keyof typeof REQUIREMENTS;

/**
 * Cites the requirements a test proves; call it at the top of a `describe` or test file.
 * @throws Error for an id that is not in `REQUIREMENTS`
 */
export function verifies(...ids: readonly RequirementId[]): void {
  for (const id of ids) {
    if (!Object.hasOwn(REQUIREMENTS, id)) throw new Error(`no such requirement "${id}"`);
  }
}
