/** What runs programs here, and what the environment says to the flag. */
import { readFileSync } from 'node:fs';
import { canHook } from '@mcp-logbook/instrumentation/hook';
import { inPackage } from '../in-package.ts';
import { type Finding, note, ok, type Setup, wrong } from './finding.ts';

/** The Node.js (or what takes its place) that runs this, and how the flag would do under it. */
export function checkRuntime(): Finding[] {
  const remedy =
    'start servers with Node.js 22.15 or newer, or any program by `mcp-logbook wrap -- command`';
  if ('Bun' in globalThis)
    return [
      wrong(
        'node',
        'this is Bun, which ignores NODE_OPTIONS',
        'start servers by `bun --preload mcp-logbook/register`, or any program by `mcp-logbook wrap -- command`',
      ),
    ];
  if ('Deno' in globalThis)
    return [wrong('node', 'this is Deno, where a load hook breaks requiring JSON', remedy)];
  if (!canHook())
    return [wrong('node', `Node.js 22.15 or newer is needed, this is ${process.version}`, remedy)];
  return [ok('node', `Node.js ${process.version}`)];
}

/** Variables that make the flag do nothing, or stop a program. */
export function checkSwitches({ env, config }: Setup): Finding[] {
  const found: Finding[] = [];
  if (env['MCP_LOGBOOK_WRAPPED'] === '1')
    found.push(
      wrong(
        'switches',
        'MCP_LOGBOOK_WRAPPED=1 is set: the flag stands down, as under `mcp-logbook wrap`',
        'unset it; wrap sets it by itself for what it starts',
      ),
    );
  if (config.mode === 'off')
    found.push(
      wrong('switches', 'MCP_LOGBOOK_MODE is off: nothing is entered', 'unset it, or set blocking'),
    );
  const { rows } = config;
  const endpoint = Object.entries(env).some(
    ([name, value]) => /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name) && value !== '',
  );
  if (config.sdkDisabled && endpoint)
    found.push(
      wrong(
        'switches',
        'OTEL_SDK_DISABLED=true switches telemetry off, though an endpoint is set; the logbook is written',
        'unset OTEL_SDK_DISABLED',
      ),
    );
  else if (config.sdkDisabled)
    found.push(note('switches', 'OTEL_SDK_DISABLED=true: no telemetry, the logbook alone'));
  else if (endpoint && !Object.values(rows.exporters).some((names) => names.includes('otlp')))
    found.push(
      config.fullSdk === undefined
        ? wrong(
            'switches',
            'an endpoint is set and no signal is exported to it: OTEL_*_EXPORTER says otherwise',
            'unset OTEL_TRACES_EXPORTER, OTEL_LOGS_EXPORTER and OTEL_METRICS_EXPORTER, or set them to otlp',
          )
        : note('switches', `telemetry is sent by the full SDK (${config.fullSdk}): not looked at`),
    );
  return found;
}

/** Every value that was not taken, and names that look like ours with a slip. */
export function checkVariables({ env, warnings }: Setup): Finding[] {
  const found = warnings.map((text) =>
    wrong(
      'variables',
      text,
      'correct it; docs/logbook.md and config.schema.json say what it takes',
    ),
  );
  const known = knownNames();
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MCP_LOGBOOK') || known.includes(name)) continue;
    const near = known.find((candidate) => distance(candidate, name) <= 2);
    found.push(
      near === undefined
        ? note('variables', `${name} is not known to this version`)
        : wrong('variables', `${name} is not read by anything`, `is ${near} meant?`),
    );
  }
  return found.length > 0 ? found : [ok('variables', 'every value is one that is taken')];
}

/** Not in the file: what names it, what is needed before it is read, and what wrap and a launcher set. */
const BESIDE_SCHEMA = [
  'MCP_LOGBOOK_CONFIG',
  'MCP_LOGBOOK_COMPILE_CACHE',
  'MCP_LOGBOOK_WARN_UNSEEN',
  'MCP_LOGBOOK_WRAPPED',
  'MCP_LOGBOOK_NODE_OPTIONS',
];

function knownNames(): string[] {
  const schema = inPackage('src/config.schema.json');
  const { properties } = JSON.parse(readFileSync(schema, 'utf8')) as {
    properties: Record<string, unknown>;
  };
  return [...Object.keys(properties), ...BESIDE_SCHEMA];
}

/** Levenshtein's: letters to put in, take out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
