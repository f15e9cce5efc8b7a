/** One server on one Node.js: a plain session, one that is recorded, and in words all that is not as it must be. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_METHOD_NAME,
  EVENT_MCP_LOGBOOK_CALL,
} from '@mcp-logbook/semconv';
import { counts, ENTERED, requestSpans } from '../harness/expect-run.ts';
import { callLeaves } from '../harness/logbook.ts';
import { textOf } from '../harness/otlp.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { foundIn, probing } from './found.ts';
import { runHttpSession } from './http-session.ts';
import { same } from './same.ts';
import { runSession, type Session, type SessionSpec } from './session.ts';

/** An end may take this much longer: the exit drains telemetry, at most a second, on a machine with other work. */
const LATER_MS = 3_000;

const QUICK = { OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_BLRP_SCHEDULE_DELAY: '100' };

export interface Verdict {
  readonly plain: Session;
  readonly watched: Session;
  readonly seen: number;
  /** Rules of same.ts that were needed. */
  readonly rules: readonly string[];
  readonly problems: readonly string[];
  /**
   * It was run again because of what the first time showed. The second time the end waits for telemetry: a machine with other
   * work does not always deliver within the second that an exit may take, and some servers race with a clock.
   */
  readonly again: boolean;
  /** What the first time showed, where it was run again. */
  readonly first: readonly string[];
}

export interface Subject {
  readonly node: string;
  readonly by: 'flag' | 'options' | 'wrap';
  readonly flag?: SessionSpec['flag'];
  readonly call: SessionSpec['call'];
  readonly command: (sandbox: Sandbox, port: number) => readonly string[];
  readonly over?: 'http';
  readonly env?: Readonly<Record<string, string>>;
  /** End a session only when its telemetry is there: not for what is asked about the end (exits.test.ts). */
  readonly waits?: true;
  /** Default: the sandbox's own folder for work, where `files` are put. */
  readonly cwd?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Which SDKs the server loads, in words: an extra run under a probe instead of the flag. */
export async function sdksOf(subject: Subject): Promise<string[]> {
  const sandbox = aSandbox();
  const file = join(sandbox.root, 'probe.jsonl');
  putFiles(subject, sandbox);
  await runAny(subject, {
    by: 'plain',
    sandbox,
    env: { ...sandbox.env, ...subject.env, ...probing(file) },
  });
  return foundIn(file);
}

/** Runs both sessions and compares them; once more where something is wrong (see `Verdict.again`). */
export async function compare(subject: Subject): Promise<Verdict> {
  const first = await compareOnce(subject, subject.waits === true);
  return first.problems.length === 0
    ? first
    : { ...(await compareOnce(subject, true)), again: true, first: first.problems };
}

async function compareOnce(subject: Subject, waits: boolean): Promise<Verdict> {
  const receiver = await Receiver.start();
  try {
    const [first, second] = [aSandbox(), aSandbox()];
    putFiles(subject, first);
    putFiles(subject, second);
    const session = async (by: SessionSpec['by'], sandbox: Sandbox): Promise<Session> =>
      await runAny(subject, {
        by,
        sandbox,
        env: {
          ...sandbox.env,
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
          ...(waits && QUICK),
          ...subject.env,
        },
        ...(waits && by !== 'plain' && { beforeEnd: delivered }),
        ...(subject.cwd !== undefined && { cwd: subject.cwd }),
        ...(subject.flag !== undefined && { flag: subject.flag }),
      });
    const delivered = async (requests: number): Promise<void> =>
      await receiver
        .until(({ logs, spans }) => spans.length >= requests && logs.length >= requests, 20_000)
        .catch(() => {}); // what is missing, the comparison says
    const plain = await session('plain', first);
    const early = receiver.requests;
    const watched = await session(subject.by, second);
    const { rules, problems } = differences(plain, watched, [first.root, second.root]);
    if (early > 0) problems.push('the plain run sent telemetry to us');
    problems.push(...unseen(receiver, second.logs, watched));
    return {
      plain,
      watched,
      seen: requestSpans(receiver).length,
      rules,
      problems,
      again: false,
      first: [],
    };
  } finally {
    await receiver.stop();
  }
}

async function runAny(
  { node, call, command, over }: Subject,
  spec: Omit<SessionSpec, 'node' | 'call' | 'command'>,
): Promise<Session> {
  const port = await freePort();
  const whole = { ...spec, node, call, command: command(spec.sandbox, port) };
  return over === 'http' ? await runHttpSession(whole, port) : await runSession(whole);
}

function putFiles({ files = {} }: Subject, { work }: Sandbox): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
}

function differences(
  plain: Session,
  watched: Session,
  roots: readonly [string, string],
): { rules: string[]; problems: string[] } {
  const rules = new Set<string>();
  const problems: string[] = [];
  const parts = ['answers', 'others', 'stderr'] as const;
  for (const part of parts) {
    const text = (session: Session): string => [session[part]].flat().join('\n');
    const { equal, rules: needed, difference } = same(text(plain), text(watched), roots);
    for (const rule of equal ? needed : []) rules.add(rule);
    if (!equal) problems.push(`${part} differ: ${difference}`);
  }
  if (plain.tools === 0) problems.push('the plain run lists no tools');
  const end = ({ exit, stayed }: Session): string => `${exit.code} ${exit.signal} ${stayed}`;
  if (end(plain) !== end(watched))
    problems.push(`ends ${end(watched)} instead of ${end(plain)} (code, signal, stayed)`);
  if (watched.endMs > plain.endMs + LATER_MS)
    problems.push(
      `ends after ${Math.round(watched.endMs)} ms, plain ${Math.round(plain.endMs)} ms`,
    );
  return { rules: [...rules], problems };
}

/** What of the session is not there exactly once. */
function unseen(receiver: Receiver, logs: string, { requests }: Session): string[] {
  const problems: string[] = [];
  const expected = (what: string, found: readonly string[], wanted: readonly string[]): void => {
    const [left, right] = [JSON.stringify(counts(found)), JSON.stringify(counts(wanted))];
    if (left !== right) problems.push(`${what}: ${left} instead of ${right}`);
  };
  const spans = requestSpans(receiver);
  const events = receiver.logs.filter(({ eventName }) => eventName === EVENT_MCP_LOGBOOK_CALL);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const method = (item: (typeof spans)[number] | (typeof events)[number]): string =>
    textOf(item, ATTR_MCP_METHOD_NAME);
  expected('spans', spans.map(method), requests);
  expected(
    'call events',
    events.filter(({ spanId }) => spanId !== undefined && ids.has(spanId)).map(method),
    requests,
  );
  const leaves = callLeaves(logs).map(({ leaf }) => leaf);
  expected(
    'entries',
    leaves.map((leaf) => String(leaf['kind'])),
    requests.flatMap((name) => ENTERED[name] ?? []),
  );
  const entered = spans.filter((span) => ENTERED[textOf(span, ATTR_MCP_METHOD_NAME)] !== undefined);
  expected(
    'entries by id',
    leaves.map((leaf) => String(leaf['id'])),
    entered.map((span) => textOf(span, ATTR_MCP_LOGBOOK_ENTRY_ID)),
  );
  problems.push(...strictProblems(receiver));
  return problems;
}
