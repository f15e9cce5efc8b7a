/**
 * The scenes of the demo, in order. Each shows one thing as a person would look at it, and then states what was
 * checked about it over the whole run, not only over what is shown.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_LOGBOOK_AUTH_EVENT,
  EVENT_MCP_LOGBOOK_AUTH,
  EVENT_MCP_LOGBOOK_CALL,
  METRIC_MCP_SERVER_OPERATION_DURATION,
  entryKindOf,
} from '@mcp-logbook/semconv';
import type { Evidence } from './gather.ts';
import { entriesOf, type Entry } from './entries.ts';
import { shown } from './otlp.ts';
import { mcpLogbook } from './processes.ts';
import type { Screen } from './screen.ts';
import { searchFor } from './secrets.ts';
import { type Flip, flipOneByte } from './tamper.ts';
import { depthOf, traceTree } from './trace-tree.ts';

/** Scene 1: the trace in which a server asks the client's model in the middle of a call. */
export function showTrace(screen: Screen, { receiver, report }: Evidence): void {
  const { palette } = screen;
  screen.scene('One call as a trace: the server asks the client back in the middle of it');
  const sampling = receiver.spans.find(
    (span) =>
      span.kind === 'client' &&
      span.attributes.get(ATTR_MCP_METHOD_NAME) === 'sampling/createMessage',
  );
  const trace = receiver.spans.filter((span) => span.traceId === sampling?.traceId);
  for (const line of traceTree(trace, palette)) screen.line(line);
  screen.line();
  screen.check(
    trace.length === 4 && depthOf(trace) === 4,
    'both programs wrote into one trace, four spans deep, carried in the protocol itself',
  );

  const requests = totalOf(report.requests) + totalOf(report.asked);
  const servers = receiver.spans.filter((span) => span.kind === 'server');
  const counted = servers.filter((span) => !isNotification(span.attributes));
  screen.check(
    counted.length === requests,
    `${requests} requests went over the wire, ${counted.length} server spans were received`,
  );
  const clients = new Map(
    receiver.spans.filter((span) => span.kind === 'client').map((span) => [span.spanId, span]),
  );
  const paired = counted.filter(
    (span) => clients.get(span.parentSpanId)?.traceId === span.traceId,
  ).length;
  screen.check(
    paired >= requests - totalOf(report.requests, 'initialize'),
    `${paired} of them hang under the client span that asked`,
  );
  const measured = receiver.total(
    METRIC_MCP_SERVER_OPERATION_DURATION,
    (point) => !isNotification(point.attributes),
  );
  screen.check(
    measured === requests,
    `the histogram ${METRIC_MCP_SERVER_OPERATION_DURATION} counted ${measured}`,
  );
}

/** Scene 2: the log record of the call that failed. */
export function showRecord(screen: Screen, { receiver, report }: Evidence): void {
  const { dim, name, bad } = screen.palette;
  screen.scene('The log record of the call that failed');
  const calls = receiver.records.filter((record) => record.eventName === EVENT_MCP_LOGBOOK_CALL);
  const failed = calls.find(
    (record) =>
      record.attributes.has(ATTR_ERROR_TYPE) &&
      receiver.spans.some((span) => span.spanId === record.spanId && span.name.endsWith('get-sum')),
  );
  if (failed !== undefined) {
    screen.line(`${bad(severityText(failed.severity))}  ${name(failed.eventName)}`);
    screen.line(`${dim('trace_id'.padEnd(32))}${failed.traceId}`);
    screen.line(`${dim('span_id'.padEnd(32))}${failed.spanId}`);
    for (const [key, value] of [...failed.attributes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      screen.line(`${dim(key.padEnd(32))}${shown(value)}`);
  }
  screen.line();
  screen.check(
    report.failure !== '' && failed !== undefined,
    'the client got its error, and the record says error.type, trace and span',
  );
  const spans = new Map(receiver.spans.map((span) => [span.spanId, span]));
  const joined = calls.filter((record) => {
    const span = spans.get(record.spanId);
    return (
      span?.traceId === record.traceId &&
      span.attributes.get(ATTR_ERROR_TYPE) === record.attributes.get(ATTR_ERROR_TYPE) &&
      span.attributes.get(ATTR_MCP_LOGBOOK_ENTRY_ID) ===
        record.attributes.get(ATTR_MCP_LOGBOOK_ENTRY_ID)
    );
  }).length;
  screen.check(
    calls.length > 0 && joined === calls.length,
    `all ${calls.length} call records agree with their spans: trace, error.type, logbook entry`,
  );
  const auth = receiver.records.filter((record) => record.eventName === EVENT_MCP_LOGBOOK_AUTH);
  const refused = auth.filter(
    ({ attributes }) => attributes.get(ATTR_MCP_LOGBOOK_AUTH_EVENT) === 'bearer_refused',
  );
  screen.check(
    report.refusedStatus === 401 && refused.length === 1,
    'the wrong bearer token got its 401, and that is a record too',
  );
}

/** Scene 3: what the logbook says, as a person asks it. */
export async function showLogbook(
  screen: Screen,
  evidence: Evidence,
  colour: boolean,
): Promise<void> {
  const { report, folders, shoppers } = evidence;
  screen.scene('The logbook: who did what');
  const show = async (...filter: readonly string[]): Promise<void> => {
    screen.command(`mcp-logbook query ${filter.join(' ')}`);
    const { stdout } = await mcpLogbook(['query', '--dir', folders.logs, ...filter], colour);
    screen.line(stdout.trimEnd());
    screen.line();
  };
  await show('--user', 'ada', '--limit', '4');
  await show('--outcome', 'denied');
  await show('--outcome', 'failure');

  const all = await entriesOf(folders.logs);
  const calls = all.filter((entry) => CALL_KINDS.has(entry.kind));
  const expected = Object.entries({ ...report.requests })
    .concat(Object.entries(report.asked))
    .filter(([method]) => CALL_KINDS.has(entryKindOf(method)?.kind ?? ''))
    .reduce((sum, [, count]) => sum + count, 0);
  // A sampling request is entered by the server that sends it; it is one call on either side.
  screen.check(
    calls.length === expected,
    `${expected} calls were made, ${calls.length} entries are in the logbook`,
  );
  for (const { name } of shoppers) {
    const own = await entriesOf(folders.logs, '--user', name);
    const other = own.filter((entry) => !entry.text.includes(`|${name}`));
    const ordered = own.filter((entry) => entry.target === 'place_order').length;
    screen.check(
      own.length > 0 && other.length === 0 && ordered === 5,
      `query --user ${name} finds ${own.length} entries, five orders among them, nobody else's`,
    );
  }
  screen.check(
    report.denied.includes('denied') && hasCall(calls, 'read_text_file', 'failure'),
    'reading outside of its folder was denied by the file server, and stands as a failure',
  );
  screen.check(hasCall(calls, 'get-sum', 'failure'), 'the sum of two words stands as a failure');
  screen.check(
    all.filter((entry) => entry.kind === 'auth.failure' && entry.outcome === 'denied').length === 1,
    'the wrong bearer token stands as auth.failure, denied',
  );
}

/** Scene 4: one call carried three secrets, and every HTTP request a token. */
export async function showSecrets(screen: Screen, evidence: Evidence): Promise<void> {
  const { receiver, folders, secrets, shoppers, wrongToken, output, report } = evidence;
  screen.scene('Where the secrets went');
  const entries = await entriesOf(folders.logs, '--tool', 'echo', '--limit', '1');
  const sent = entries[0]?.text ?? '';
  screen.line('An agent sent a password, an access token and a card number to "echo". Its entry:');
  screen.line(screen.palette.dim(excerpt(sent)));
  screen.line();
  screen.check(
    report.secretsEchoed,
    'the server got them, and its answer reached the client, untouched',
  );
  const all: Record<string, string> = { ...secrets, 'wrong bearer token': wrongToken };
  for (const { name, token } of shoppers) all[`${name}'s bearer token`] = token;
  const opened = (await entriesOf(folders.logs)).map((entry) => entry.text).join('\n');
  const search = searchFor(
    all,
    [
      { name: 'OTLP', text: receiver.wire.join('\n') },
      { name: 'output of the programs', text: output },
      { name: 'the unsealed logbook', text: opened },
    ],
    folders.logs,
  );
  for (const found of search.found) screen.line(screen.palette.bad(found));
  const kib = Math.round(search.bytes / 1_024);
  screen.check(
    search.found.length === 0 && search.bytes > 0,
    `${Object.keys(all).length} secrets, three forms each: in none of ${kib} KiB of OTLP, logbook, unsealed entries and output`,
  );
  screen.check(
    receiver.problems.length === 0 && evidence.exits.every((code) => code === 0),
    'all programs ended by themselves with 0, and every batch could be read',
  );
}

/** Scene 5: the log is whole; then a copy in which one bit is not. */
export async function showVerify(
  screen: Screen,
  { folders }: Evidence,
  colour: boolean,
): Promise<void> {
  screen.scene('Is the logbook whole?');
  screen.command('mcp-logbook verify');
  const good = await mcpLogbook(['verify', '--dir', folders.logs], colour);
  screen.line(good.stdout.trimEnd().replaceAll(`${folders.logs}/`, ''));
  screen.line();
  screen.check(good.code === 0, 'verify passes: every leaf, seal, commit and signature');

  screen.scene('And if one byte is changed?');
  const flip = flipOneByte(folders.logs, folders.copy);
  screen.line(
    `In a copy, byte ${flip.offset} of ${flip.file}: "${flip.before}" becomes "${flip.after}".`,
  );
  screen.line();
  for (const deep of [[], ['--deep']]) {
    screen.command(['mcp-logbook verify', ...deep, '--dir changed-copy'].join(' '));
    const { code, stdout } = await mcpLogbook(['verify', ...deep, '--dir', folders.copy], colour);
    screen.line(stdout.trimEnd().replaceAll(`${folders.copy}/`, ''));
    screen.line();
    const reports = await reportsOf(folders.copy, deep);
    const problems = reports.flatMap((report) => report.problems ?? []);
    const named =
      problems.length === 1 && problems.every((one) => isAt(one, flip, deep.length > 0));
    screen.check(
      code === 1 && named,
      deep.length === 0
        ? `without any key: exit code 1, the file, the commit that fails and the lines it signs, ${flip.line} among them`
        : `with the keys of the logbook: this one entry, its leaf on line ${flip.line} and its seal on the next`,
    );
  }
}

const CALL_KINDS: ReadonlySet<string> = new Set([
  'tool.call',
  'resource.read',
  'prompt.get',
  'sampling',
]);

/** What `verify --json` says of one log, as far as it is judged here. */
interface Report {
  readonly problems?: readonly Problem[];
}
interface Problem {
  readonly file?: string;
  readonly line?: number;
  readonly lastLine?: number;
}

async function reportsOf(root: string, deep: readonly string[]): Promise<Report[]> {
  const { stdout } = await mcpLogbook(['verify', '--json', ...deep, '--dir', root], false);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report);
}

function isAt({ file, line, lastLine }: Problem, flip: Flip, exactly: boolean): boolean {
  if (file === undefined || line === undefined || !flip.file.endsWith(file)) return false;
  return exactly
    ? line === flip.line || line === flip.line + 1
    : line <= flip.line && flip.line <= (lastLine ?? line);
}

function hasCall(entries: readonly Entry[], target: string, outcome: string): boolean {
  return entries.some((entry) => entry.target === target && entry.outcome === outcome);
}

function isNotification(attributes: ReadonlyMap<string, unknown>): boolean {
  return shown(attributes.get(ATTR_MCP_METHOD_NAME) ?? '').startsWith('notifications/');
}

function totalOf(counts: Readonly<Record<string, number>>, only?: string): number {
  return Object.entries(counts)
    .filter(([key]) => only === undefined || key === only)
    .reduce((sum, [, count]) => sum + count, 0);
}

function severityText(severity: number): string {
  if (severity >= 17) return 'ERROR';
  return severity >= 13 ? 'WARN' : 'INFO';
}

/** The part of an entry's JSON around its arguments, in lines of a terminal's width. */
function excerpt(text: string): string {
  const at = Math.max(0, text.indexOf('"arguments"'));
  const part = text.slice(at, at + 400);
  return (part.match(/.{1,96}/g) ?? []).join('\n');
}
