/**
 * Images under the official names, tags, paths and users of docker-compose.yml, made of the binaries of this machine:
 * there is no image registry to ask. What is tested is the compose file, our configurations and these programs; that
 * the official images look like this inside is stack.md 1.4's finding, not shown here.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../programs/recipes.ts';
import { findProgram, type ProgramName } from '../programs.ts';
import type { Docker } from './docker.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** An image that is nothing but a binary and folders with owners. */
interface Bare {
  readonly tag: string;
  readonly binaries: Readonly<Partial<Record<ProgramName, string>>>;
  readonly folders: readonly string[];
  readonly user: string;
}

const BARE: readonly Bare[] = [
  {
    tag: 'otel/opentelemetry-collector-contrib:0.155.0',
    binaries: { otelcol: '/otelcol-contrib' },
    folders: [],
    user: '10001',
  },
  {
    tag: 'grafana/loki:3.7.8',
    binaries: { loki: '/usr/bin/loki' },
    folders: ['/loki'],
    user: '10001',
  },
  {
    tag: 'grafana/tempo:3.0.3',
    binaries: { tempo: '/tempo' },
    folders: ['/var/tempo'],
    user: '10001',
  },
  {
    tag: 'prom/prometheus:v3.14.0',
    binaries: { prometheus: '/bin/prometheus', promtool: '/bin/promtool' },
    folders: ['/prometheus'],
    user: '65534',
  },
];

/**
 * Builds every image whose binary is here.
 * @param work an empty folder
 * @returns the tags that could not be built, each with the reason
 */
export function buildImages(docker: Docker, work: string): ReadonlyMap<string, string> {
  const missing = new Map<string, string>();
  buildBase(docker, work);
  for (const image of BARE) {
    const lacking = (Object.keys(image.binaries) as ProgramName[]).filter(
      (name) => findProgram(name) === undefined,
    );
    if (lacking.length === 0) buildBare(docker, work, image);
    else missing.set(image.tag, `no ${lacking.join(', ')}`);
  }
  const grafana = process.env['GRAFANA_HOME'];
  if (grafana === undefined) missing.set('grafana/grafana:13.1.3', 'no GRAFANA_HOME');
  else buildGrafana(docker, work, grafana);
  const alertmanager = '/usr/bin/prometheus-alertmanager';
  if (existsSync(alertmanager)) buildAlertmanager(docker, work, alertmanager);
  else missing.set('prom/alertmanager:v0.33.1', 'no prometheus-alertmanager (Debian package)');
  for (const name of ['logbook', 'demo']) {
    const tag = `mcp-logbook/${name === 'logbook' ? 'sink' : name}:0.1.0`;
    docker.build(ROOT, tag, `packages/${name}/Dockerfile`);
  }
  return missing;
}

/**
 * `node:24-bookworm-slim`: Debian's base system, Node and npm. The CA bundle is this machine's, for its registry. Kept
 * in the cache folder as an archive, since making it takes minutes.
 */
function buildBase(docker: Docker, work: string): void {
  const archive = join(cacheFolder(), '..', `compose-base-${process.version}.tar`);
  if (!existsSync(archive)) makeBase(work, archive);
  const paths = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  docker.importArchive(archive, 'node:24-bookworm-slim', [
    `ENV PATH=${paths}`,
    `ENV NODE_EXTRA_CA_CERTS=${CA_BUNDLE}`,
  ]);
}

function makeBase(work: string, archive: string): void {
  const root = join(work, 'base');
  const options = ['--variant=minbase', '--include=ca-certificates,wget'];
  execFileSync('debootstrap', [...options, 'bookworm', root], { stdio: 'ignore' });
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(process.execPath, join(root, 'usr/local/bin/node'));
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true });
  for (const command of ['npm', 'npx']) {
    const script = `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${command}-cli.js "$@"\n`;
    writeFileSync(join(root, 'usr/local/bin', command), script, { mode: 0o755 });
  }
  if (existsSync(CA_BUNDLE)) cpSync(CA_BUNDLE, join(root, CA_BUNDLE));
  mkdirSync(dirname(archive), { recursive: true });
  const unfinished = `${archive}.${process.pid}`;
  const leave = ['--exclude=./var/cache/apt/*', '--exclude=./var/lib/apt/lists/*'];
  execFileSync('tar', ['-C', root, ...leave, '-cf', unfinished, '.']);
  renameSync(unfinished, archive);
  rmSync(root, { recursive: true });
}

/** The folder of the npm on PATH, whose command is a link to `<folder>/bin/npm-cli.js`. */
function npmFolder(): string {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const path = join(folder, 'npm');
    if (existsSync(path) && realpathSync(path).endsWith('/bin/npm-cli.js'))
      return join(realpathSync(path), '..', '..');
  }
  throw new Error('no npm on PATH');
}

function buildBare(docker: Docker, work: string, { tag, binaries, folders, user }: Bare): void {
  const context = mkdtempSync(join(work, 'image-'));
  const lines = ['FROM scratch'];
  mkdirSync(join(context, 'empty'));
  for (const [name, target] of Object.entries(binaries)) {
    cpSync(findProgram(name as ProgramName) ?? '', join(context, name), { dereference: true });
    chmodSync(join(context, name), 0o755);
    lines.push(`COPY ${name} ${target}`);
  }
  for (const folder of folders) lines.push(`COPY --chown=${user}:${user} empty ${folder}`);
  lines.push(`USER ${user}`, `ENTRYPOINT ["${Object.values(binaries)[0]}"]`);
  finish(docker, context, tag, lines);
}

function buildGrafana(docker: Docker, work: string, home: string): void {
  const context = mkdtempSync(join(work, 'image-'));
  for (const folder of ['bin', 'conf', 'public'])
    cpSync(join(home, folder), join(context, folder), { recursive: true });
  // What the official /run.sh does with secrets; the rest of it is for plugins and cloud credentials.
  const script = [
    '#!/bin/bash -e',
    'for name in $(env | sed -n "s/^\\(GF_[^=]*\\)__FILE=.*/\\1/p"); do',
    '  file="${name}__FILE"; export "$name"="$(< "${!file}")"; unset "$file"',
    'done',
    'exec /usr/share/grafana/bin/grafana server --homepath=/usr/share/grafana',
  ];
  writeFileSync(join(context, 'run.sh'), `${script.join('\n')}\n`, { mode: 0o755 });
  finish(docker, context, 'grafana/grafana:13.1.3', [
    'FROM node:24-bookworm-slim',
    'COPY . /usr/share/grafana/',
    'RUN mv /usr/share/grafana/run.sh /run.sh && install -d -o 472 -g 472 /var/lib/grafana /var/log/grafana',
    'ENV GF_PATHS_DATA=/var/lib/grafana GF_PATHS_LOGS=/var/log/grafana GF_PATHS_PLUGINS=/var/lib/grafana/plugins',
    'ENV GF_PATHS_PROVISIONING=/etc/grafana/provisioning',
    'USER 472',
    'ENTRYPOINT ["/run.sh"]',
  ]);
}

function buildAlertmanager(docker: Docker, work: string, binary: string): void {
  const context = mkdtempSync(join(work, 'image-'));
  cpSync(binary, join(context, 'alertmanager'));
  // Debian's build reads its templates from here; the official one has them inside.
  for (const name of ['default.tmpl', 'email.tmpl'])
    cpSync(join('/usr/share/prometheus/alertmanager', name), join(context, name));
  finish(docker, context, 'prom/alertmanager:v0.33.1', [
    'FROM node:24-bookworm-slim',
    'COPY alertmanager /bin/alertmanager',
    'COPY default.tmpl email.tmpl /usr/share/prometheus/alertmanager/',
    'RUN install -d -o 65534 -g 65534 /alertmanager',
    'USER 65534',
    'ENTRYPOINT ["/bin/alertmanager"]',
  ]);
}

function finish(docker: Docker, context: string, tag: string, lines: readonly string[]): void {
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  docker.build(context, tag, 'Dockerfile');
  rmSync(context, { recursive: true });
}
