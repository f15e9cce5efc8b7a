/**
 * Makes what docker-compose.yml keeps secret: tokens, the sink's root key, Grafana's password, a CA with certificates.
 *
 *   docker compose run --rm init            nothing but Docker needed
 *   sudo node scripts/init-secrets.ts       the same with Node 24 on the machine
 *
 * What exists is never overwritten, so it can run again at any time; to renew one thing, remove its file and run again.
 * One folder for each container, mounted there alone and owned by the user it runs as; folders 0700, files 0600. Files
 * are mounted by folder, so a file that is replaced is seen: tokens and certificates rotate without a restart.
 *
 *   secrets/ca/         ca.key, ca.crt                  the CA; mounted nowhere, keep the key offline
 *   secrets/otelcol/    intake_token                    tokens that senders show, one a line
 *                       sink_token                      what the collector shows the sink
 *                       tls/                            ca.crt, server.crt and .key, client.crt and .key
 *   secrets/sink/       tokens                          the collector's, Prometheus' and the reader's
 *                       root_key                        opens the central log: back it up apart from the log
 *                       tls/                            ca.crt, server.crt and .key
 *   secrets/prometheus/ sink_token
 *   secrets/grafana/    admin_password
 *   secrets/filelogs/   gateway_token
 *   secrets/servers/    intake_token, reader_token, tls/   for MCP servers and auditors on this machine
 *   secrets/demo/       intake_token, tls/
 *
 * Alertmanager's webhook address is yours: write it to secrets/alertmanager/webhook_url and run this again.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { newAuthority, newCertificate, type Issued } from './certificates.ts';

/** Users of the containers, as docker-compose.yml sets them. The other folders belong to the owner of the project. */
const OWNERS: Readonly<Record<string, number>> = {
  otelcol: 10001,
  sink: 10002,
  demo: 10003,
  prometheus: 65534,
  grafana: 472,
  filelogs: 0,
  alertmanager: 65534,
};

const root = process.argv[2] ?? join(import.meta.dirname, '..', 'secrets');
const made: string[] = [];

mkdirSync(root, { recursive: true, mode: 0o755 });
makeTokens();
makeCertificates();
const owned = setOwners();
for (const path of made) process.stderr.write(`init: made ${path}\n`);
if (made.length === 0) process.stderr.write('init: everything was there already\n');
if (!owned) {
  process.stderr.write(
    'init: the containers run as other users and cannot read these files yet: ' +
      'run "docker compose run --rm init", or this script as root\n',
  );
  process.exitCode = 1;
}

function makeTokens(): void {
  const secret = (): string => `${randomBytes(32).toString('base64url')}\n`;
  const intake = keep('otelcol/intake_token', secret);
  const first = intake.split('\n').find((line) => line.trim() !== '') ?? '';
  for (const folder of ['servers', 'demo']) keep(`${folder}/intake_token`, () => `${first}\n`);
  keep('filelogs/gateway_token', () => `${first}\n`);
  const collector = keep('otelcol/sink_token', secret);
  const prometheus = keep('prometheus/sink_token', secret);
  const reader = keep('servers/reader_token', secret);
  keep(
    'sink/tokens',
    () => `# collector\n${collector}# prometheus\n${prometheus}# reader\n${reader}`,
  );
  keep('sink/root_key', secret);
  keep('grafana/admin_password', secret);
}

function makeCertificates(): void {
  const authority = keepPair('ca/ca', () => newAuthority('mcp-logbook stack'));
  const local = ['localhost', '127.0.0.1'];
  const collectors = ['otelcol', 'otelcol-audit', ...local];
  keepPair('otelcol/tls/server', () => newCertificate(authority, 'otelcol', 'server', collectors));
  keepPair('sink/tls/server', () =>
    newCertificate(authority, 'sink', 'server', ['sink', ...local]),
  );
  for (const folder of ['otelcol', 'servers', 'demo', 'prometheus'])
    keepPair(`${folder}/tls/client`, () => newCertificate(authority, folder, 'client', []));
  for (const folder of ['otelcol', 'sink', 'servers', 'demo', 'prometheus'])
    keep(`${folder}/tls/ca.crt`, () => authority.cert);
}

function keepPair(name: string, make: () => Issued): Issued {
  const paths = { cert: join(root, `${name}.crt`), key: join(root, `${name}.key`) };
  if (existsSync(paths.cert) && existsSync(paths.key))
    return { cert: readFileSync(paths.cert, 'utf8'), key: readFileSync(paths.key, 'utf8') };
  const pair = make();
  // Half a pair is of no use: both are made anew, unless it is the CA, whose certificates would be worthless.
  if (name === 'ca/ca' && (existsSync(paths.cert) || existsSync(paths.key)))
    throw new Error(`${name}.crt or ${name}.key is missing: restore it, or remove both`);
  write(`${name}.key`, pair.key);
  write(`${name}.crt`, pair.cert);
  return pair;
}

/** The content of a file that is made if it is not there. */
function keep(name: string, make: () => string): string {
  const path = join(root, name);
  if (!existsSync(path)) write(name, make());
  return readFileSync(path, 'utf8');
}

function write(name: string, content: string): void {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
  made.push(`secrets/${name}`);
}

/** Whether all files now belong to the users that read them. */
function setOwners(): boolean {
  const project = statSync(join(root, '..'));
  let all = true;
  const give = (path: string, uid: number, gid: number): void => {
    const now = statSync(path);
    try {
      chmodSync(path, now.isDirectory() ? 0o700 : 0o600);
      if (now.uid !== uid || now.gid !== gid) chownSync(path, uid, gid);
    } catch {
      all = false;
    }
    if (now.isDirectory()) for (const entry of readdirSync(path)) give(join(path, entry), uid, gid);
  };
  for (const folder of readdirSync(root)) {
    const owner = OWNERS[folder];
    give(join(root, folder), owner ?? project.uid, owner ?? project.gid);
  }
  return all;
}
