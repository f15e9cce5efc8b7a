/**
 * The report as one HTML page that needs nothing else: no script, no font, no picture, no link. Its policy forbids a browser
 * to load anything, should a name in it ever get that far; every name is escaped and cut.
 */
import type { Count, Group, Report } from './collect.ts';
import { duration, percent, shown } from './names.ts';

const ROWS = 500;
const NAME = 200;

const STYLE = `
:root { color-scheme: light dark; --line: #8885; --bar: #3b82f6; --bad: #dc2626; --warn: #d97706; --dim: #7a7a7a; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--dim); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.tile { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; min-width: 7rem; }
.tile b { display: block; font-size: 1.3rem; } .bad { color: var(--bad); } .warn { color: var(--warn); }
.time { display: flex; align-items: flex-end; gap: 2px; height: 80px; border-bottom: 1px solid var(--line); }
.time i { flex: 1; background: var(--bar); min-height: 0; } .time i.bad { background: var(--bad); }
table { border-collapse: collapse; width: 100%; } th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
th { text-align: right; font-weight: 600; } td { text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; unicode-bidi: isolate; }
`;

/** @param made when, shown as it is */
export function htmlReport(report: Report, made: Date): string {
  const { total, since, until, logs, entries, closed } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MCP logbook report</title>
<style>${STYLE}</style>
</head>
<body>
<h1>MCP logbook report</h1>
<p>${escape(since)} to ${escape(until)} · ${entries} entries of ${logs} ${logs === 1 ? 'log' : 'logs'} · made ${escape(made.toISOString())}</p>
${closed === 0 ? '' : `<p>${closed} entries could not be opened (erased, or no key): they have no user and no redactions here.</p>\n`}<div class="tiles">
${tile('calls', String(total.calls))}
${tile('errors', `${total.errors} (${percent(total.errors, total.calls)})`, total.errors > 0 ? 'bad' : '')}
${tile('denied', String(total.denied), total.denied > 0 ? 'warn' : '')}
${tile('p50', duration(total.p50))}
${tile('p95', duration(total.p95))}
${tile('slowest', duration(total.max))}
${tile('redactions', String(total.redactions))}
</div>
${timeline(report)}${table('Servers', 'server', report.servers)}${table('Tools', 'server / tool', report.tools)}${table('Users', 'user', report.users)}${counts('Errors', 'type', report.errors)}${counts('Redactions', 'rule', report.redactions)}<p>Counted from the logbook. Whether the logbook is unchanged is another question: mcp-logbook verify.</p>
</body>
</html>
`;
}

function tile(name: string, value: string, mark = ''): string {
  return `<div class="tile"><b class="${mark}">${escape(value)}</b>${escape(name)}</div>`;
}

function timeline({ timeline: pieces }: Report): string {
  const most = Math.max(...pieces.map(({ calls }) => calls));
  if (most <= 0) return '';
  const bars = pieces.map(({ start, calls, errors }) => {
    const height = Math.round((100 * calls) / most);
    const mark = errors * 2 > calls ? 'bad' : '';
    return `<i class="${mark}" style="height:${height}%" title="${escape(`${start}: ${calls} calls, ${errors} errors`)}"></i>`;
  });
  return `<h2>Calls over time</h2>\n<div class="time">${bars.join('')}</div>\n`;
}

function table(title: string, what: string, groups: readonly Group[]): string {
  if (groups.length === 0) return '';
  const rows = groups
    .slice(0, ROWS)
    .map(
      (group) =>
        `<tr><td>${name(group.name)}</td><td>${group.calls}</td><td class="${group.errors > 0 ? 'bad' : ''}">${group.errors}</td>` +
        `<td class="${group.denied > 0 ? 'warn' : ''}">${group.denied}</td><td>${duration(group.p50)}</td><td>${duration(group.p95)}</td>` +
        `<td>${duration(group.max)}</td><td>${group.redactions}</td></tr>`,
    );
  const heads = ['calls', 'errors', 'denied', 'p50', 'p95', 'slowest', 'redactions'];
  return section(title, [what, ...heads], rows, groups.length);
}

function counts(title: string, what: string, list: readonly Count[]): string {
  if (list.length === 0) return '';
  const rows = list
    .slice(0, ROWS)
    .map((each) => `<tr><td>${name(each.name)}</td><td>${each.count}</td></tr>`);
  return section(title, [what, 'count'], rows, list.length);
}

function section(
  title: string,
  heads: readonly string[],
  rows: readonly string[],
  length: number,
): string {
  const head = heads.map((each) => `<th>${each}</th>`).join('');
  const rest = length > ROWS ? `<p>and ${length - ROWS} more: mcp-logbook report --json</p>\n` : '';
  return `<h2>${title}</h2>\n<table>\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>\n${rest}`;
}

function name(text: string): string {
  return escape(shown(text, NAME));
}

/** For text and for attributes in double quotes. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
