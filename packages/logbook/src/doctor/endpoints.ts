/**
 * The collector's ports and the sink: an empty batch is sent to each, as the exporters would send a full one. What is
 * told names host and port, never a header, a token or a path.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createShipper } from '@mcp-logbook/audit';
import type { ShipConfig } from '../config.ts';
import { lineOf } from '../diag.ts';
import { codeOf, type Finding, note, ok, type Setup, wrong } from './finding.ts';
import { type Answer, ask, type Ask, speaksHttp2 } from './http.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
type Signal = (typeof SIGNALS)[number];
/** The collector's own health check (design/surface, ports). */
const HEALTH_PORT = '13133';
/** Seconds in a header are cut, and an answer takes a while. */
const SKEW_MS = 30_000;

/** Where telemetry goes. */
export async function checkEndpoints({ env, config }: Setup): Promise<Finding[]> {
  const { exporters, protocols } = config.rows;
  const signals = SIGNALS.filter((signal) => exporters[signal].includes('otlp'));
  if (signals.length === 0)
    return [note('endpoint', 'no telemetry endpoint: the logbook alone is written')];
  const found: Finding[] = [];
  const looked = new Set<string>();
  for (const signal of signals) {
    const url = urlOf(env, signal);
    if (url === undefined) {
      found.push(
        wrong(
          'endpoint',
          `the endpoint of ${signal} is no http or https URL`,
          'give a base URL such as http://127.0.0.1:4318 in OTEL_EXPORTER_OTLP_ENDPOINT',
        ),
      );
      continue;
    }
    const json = protocols[signal] === 'http/json';
    const answer = await ask(url, {
      method: 'POST',
      headers: {
        ...headersOf(env, signal),
        'content-type': json ? 'application/json' : 'application/x-protobuf',
      },
      body: Buffer.from(json ? '{}' : ''),
      ...pemsOf(env, signal),
    });
    const finding = await judged('endpoint', url, answer, {
      what: `endpoint ${url.host} (${signal})`,
      token: 'set OTEL_EXPORTER_OTLP_HEADERS, e.g. Authorization=Bearer%20TOKEN',
      http: 'OTLP over HTTP: 4318 by default',
    });
    // One port that is down is one thing.
    const sameForAll = 'failed' in answer ? `${url.host} ${answer.failed}` : finding.text;
    if (!looked.has(sameForAll)) found.push(finding);
    looked.add(sameForAll);
    if (!looked.has(url.hostname)) found.push(...(await checkHealth(url)), ...skew(url, answer));
    looked.add(url.hostname);
  }
  return found;
}

/** Where audit records are shipped. */
export async function checkAuditPort({ config, root }: Setup): Promise<Finding[]> {
  const { ship, keyFile, passphraseFile, keyCommand, pseudonymKeyFile } = config;
  if (ship === undefined) return [];
  const { tokenFile, certificate, clientKey, clientCertificate } = ship;
  const found = [
    ...missing('MCP_LOGBOOK_AUDIT_TOKEN_FILE', tokenFile),
    ...missing('MCP_LOGBOOK_AUDIT_CERTIFICATE', certificate),
    ...missing('MCP_LOGBOOK_AUDIT_CLIENT_KEY', clientKey),
    ...missing('MCP_LOGBOOK_AUDIT_CLIENT_CERTIFICATE', clientCertificate),
  ];
  if (found.length > 0) return found;
  const keys = { keyFile, passphraseFile, keyCommand, pseudonymKeyFile };
  const refused = await refusedBy({ root, ...keys, ...ship });
  if (refused !== undefined) return [refused];
  const token = tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim();
  const base = new URL(ship.endpoint);
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/v1/logs`;
  const tls = { ca: pem(certificate), key: pem(clientKey), cert: pem(clientCertificate) };
  const answer = await ask(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      ...(token !== undefined && { authorization: `Bearer ${token.split('\n')[0]?.trim()}` }),
    },
    body: Buffer.alloc(0),
    ...tls,
  });
  const finding = await judged('audit', url, answer, {
    what: `audit endpoint ${url.host}`,
    token: 'name the file of a token that it takes: MCP_LOGBOOK_AUDIT_TOKEN_FILE',
    http: 'the audit port, over HTTP: 4320 by default, 4319 for a sink itself',
  });
  return [finding, ...(await checkSink(base, tls)), ...skew(url, answer)];
}

interface Words {
  readonly what: string;
  /** Remedy for missing or wrong credentials. */
  readonly token: string;
  /** Which port to give. */
  readonly http: string;
}

async function judged(check: string, url: URL, answer: Answer, words: Words): Promise<Finding> {
  const { what, token, http } = words;
  if ('failed' in answer) {
    const { failed } = answer;
    if (/^HPE_|^ECONNRESET$|^EPIPE$|^no answer$/.test(failed) && (await speaksHttp2(url)))
      return wrong(check, `${what} speaks gRPC, not HTTP`, `give the port of ${http}`);
    return wrong(check, `${what}: ${reasonOf(failed)}`, remedyOf(failed, http));
  }
  const { status, text } = answer;
  // A sink answers 503 there, so that a collector keeps what it has.
  if (status === 401 || status === 403 || (status === 503 && /credentials/.test(text)))
    return wrong(check, `${what} answers ${status}: it wants credentials, or others`, token);
  if (status === 404 || status === 405)
    return wrong(
      check,
      `${what} answers ${status}: nothing takes OTLP at that path`,
      `give the base URL, to which /v1/... is added, of ${http}`,
    );
  if (status >= 500 || status === 429)
    return wrong(check, `${what} answers ${status}: it takes nothing now`, 'see its own log');
  if (status >= 200 && status < 300) return ok(check, `${what} takes what is sent`);
  return note(check, `${what} answers ${status} to an empty batch`);
}

function reasonOf(failed: string): string {
  if (failed === 'ECONNREFUSED') return 'nothing listens there';
  if (failed === 'timeout') return 'no answer within 5 s';
  if (failed === 'ENOTFOUND' || failed === 'EAI_AGAIN') return `its name is not known (${failed})`;
  if (failed === 'EPROTO' || failed === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'it does not speak TLS as asked';
  return failed;
}

function remedyOf(failed: string, http: string): string {
  if (failed === 'EPROTO' || failed === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'http:// where there is no TLS, and the client certificate that it asks for where there is';
  if (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(failed))
    return 'name the authority that signed its certificate: ..._CERTIFICATE';
  return `start it, or correct host and port (${http}); until then telemetry is dropped, the logbook is not`;
}

/** The collector says of itself that it is well, where its health port can be reached. */
async function checkHealth({ hostname }: URL): Promise<Finding[]> {
  const answer = await ask(new URL(`http://${hostname}:${HEALTH_PORT}/`), { method: 'GET' });
  if ('failed' in answer || (answer.status !== 200 && answer.status < 500)) return [];
  const what = `the collector's health check on ${hostname}:${HEALTH_PORT}`;
  return [
    answer.status === 200
      ? ok('collector', `${what} is well`)
      : wrong('collector', `${what} answers ${answer.status}`, "see the collector's own log"),
  ];
}

/** A sink says whether it is ready; a collector's audit port has no such path. */
async function checkSink(base: URL, tls: Pick<Ask, 'ca' | 'cert' | 'key'>): Promise<Finding[]> {
  const answer = await ask(new URL('/readyz', base), { method: 'GET', ...tls });
  if ('failed' in answer) return [];
  if (answer.status === 200) return [ok('sink', `${base.host} is a sink, and ready`)];
  return answer.status === 503
    ? [
        wrong(
          'sink',
          `${base.host} is a sink, and not ready: ${answer.text.trim()}`,
          'see its own log',
        ),
      ]
    : [];
}

function skew(url: URL, answer: Answer): Finding[] {
  if ('failed' in answer || answer.dateMs === undefined) return [];
  const seconds = Math.round((answer.dateMs - Date.now()) / 1000);
  return Math.abs(seconds) * 1000 < SKEW_MS
    ? []
    : [
        wrong(
          'clock',
          `the clock of ${url.host} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this one`,
          'set both by NTP: spans of one trace would lie apart, and alerts look at other windows',
        ),
      ];
}

async function refusedBy(
  options: Parameters<typeof createShipper>[0] & ShipConfig,
): Promise<Finding | undefined> {
  try {
    const shipper = await createShipper(options);
    await shipper.close();
    return undefined;
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    // Keys of the logs are looked at elsewhere.
    return code === 'ERR_LOGBOOK_USAGE' || code === 'ERR_LOGBOOK_KEY_MALFORMED'
      ? wrong('audit', lineOf(error), 'correct the MCP_LOGBOOK_AUDIT_* variable')
      : undefined;
  }
}

function missing(name: string, path: string | undefined): Finding[] {
  if (path === undefined) return [];
  try {
    if (readFileSync(path, 'utf8').trim() !== '') return [];
    return [wrong('audit', `${name} names "${path}", which is empty`, 'put the secret into it')];
  } catch (error) {
    return [
      wrong(
        'audit',
        `${name} names "${path}", which cannot be read (${codeOf(error)})`,
        'put the file there, or name the right one; nothing is shipped without it, and nothing is lost',
      ),
    ];
  }
}

/** As the OTLP exporter specification says: of a signal as it is, of all with the signal's path. */
function urlOf(env: Setup['env'], signal: Signal): URL | undefined {
  const own = valueOf(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
  const base = valueOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const url = URL.parse(own ?? `${base?.replace(/\/+$/, '')}/v1/${signal}`);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

function headersOf(env: Setup['env'], signal: Signal): Record<string, string> {
  const names = [
    'OTEL_EXPORTER_OTLP_HEADERS',
    `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`,
  ];
  const pairs = names.flatMap((name) => (valueOf(env, name) ?? '').split(','));
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) return [];
      return [[pair.slice(0, equals).trim(), decoded(pair.slice(equals + 1).trim())]];
    }),
  );
}

function pemsOf(env: Setup['env'], signal: Signal): Pick<Ask, 'ca' | 'cert' | 'key'> {
  const file = (name: string): Buffer | undefined =>
    pem(
      valueOf(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`) ??
        valueOf(env, `OTEL_EXPORTER_OTLP_${name}`),
    );
  return { ca: file('CERTIFICATE'), cert: file('CLIENT_CERTIFICATE'), key: file('CLIENT_KEY') };
}

function pem(path: string | undefined): Buffer | undefined {
  return path !== undefined && existsSync(path) ? readFileSync(path) : undefined;
}

function valueOf(env: Setup['env'], name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
