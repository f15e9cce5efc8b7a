/** The report as a page for the terminal. */
import type { Paint } from '../cli/row-line.ts';
import type { Count, Group, Report } from './collect.ts';
import { duration, percent, shown } from './names.ts';

const ROWS = 15;
const BARS = '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588';
const HEAD = ['calls', 'errors', 'denied', 'p50', 'p95', 'max', 'redactions'];

/** @param width columns of the terminal */
export function textReport(report: Report, width: number, paint: Paint): string {
  const { total, since, until, logs, entries, closed } = report;
  const lines = [
    `${since} to ${until}: ${entries} entries of ${logs} ${logs === 1 ? 'log' : 'logs'}`,
    `${total.calls} calls, ${total.errors} errors (${percent(total.errors, total.calls)}), ${total.denied} denied, ` +
      `p50 ${duration(total.p50)}, p95 ${duration(total.p95)}, ${total.redactions} redactions`,
  ];
  if (closed > 0)
    lines.push(
      paint('dim', `${closed} entries could not be opened: no user, no redactions of them`),
    );
  if (total.calls > 0) lines.push(paint('dim', `calls over time  ${bars(report)}`));
  lines.push(...table('server', report.servers, width, paint));
  lines.push(...table('tool', report.tools, width, paint));
  lines.push(...table('user', report.users, width, paint));
  lines.push(...counts('errors by type', report.errors, width, paint));
  lines.push(...counts('redactions by rule', report.redactions, width, paint));
  return `${lines.join('\n')}\n`;
}

function bars({ timeline }: Report): string {
  const most = Math.max(...timeline.map(({ calls }) => calls));
  return timeline
    .map(({ calls }) => (calls === 0 ? ' ' : (BARS[Math.ceil((calls / most) * 8) - 1] ?? ' ')))
    .join('');
}

function table(title: string, groups: readonly Group[], width: number, paint: Paint): string[] {
  if (groups.length === 0) return [];
  const rows = groups
    .slice(0, ROWS)
    .map((group) => [
      String(group.calls),
      String(group.errors),
      String(group.denied),
      duration(group.p50),
      duration(group.p95),
      duration(group.max),
      String(group.redactions),
    ]);
  const widths = HEAD.map((name, n) =>
    Math.max(name.length, ...rows.map((row) => (row[n] ?? '').length)),
  );
  const numbers = widths.reduce((sum, each) => sum + each + 2, 0);
  const names = Math.max(12, Math.min(60, width - numbers));
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(names) + cells.map((cell, n) => `  ${cell.padStart(widths[n] ?? 0)}`).join('');
  const body = groups.slice(0, ROWS).map((group, n) => {
    const text = line(shown(group.name, names), rows[n] ?? []);
    return group.denied > 0 ? paint('yellow', text) : group.errors > 0 ? paint('red', text) : text;
  });
  return ['', paint('dim', line(title, HEAD)), ...body, ...more(groups.length, paint)];
}

function counts(title: string, list: readonly Count[], width: number, paint: Paint): string[] {
  if (list.length === 0) return [];
  const names = Math.max(12, Math.min(60, width - 12));
  const body = list
    .slice(0, ROWS)
    .map(({ name, count }) => `${shown(name, names).padEnd(names)}  ${String(count).padStart(8)}`);
  return ['', paint('dim', title), ...body, ...more(list.length, paint)];
}

function more(length: number, paint: Paint): string[] {
  return length <= ROWS ? [] : [paint('dim', `... and ${length - ROWS} more: --json, --html FILE`)];
}
