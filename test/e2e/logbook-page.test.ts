/**
 * Every command that docs/logbook.md shows, run in the order of the page, in one shell, on one log with two people.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openLogbook } from '@mcp-logbook/audit';
import { afterAll, expect, test } from 'vitest';
import { mcpLogbook } from '../harness/cli.ts';
import { filesUnder } from '../harness/logbook.ts';
import { testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

const repository = join(testFolder, '..');
const page = readFileSync(join(repository, 'docs', 'logbook.md'), 'utf8');
const script = [...page.matchAll(/^```sh\n([^`]*)^```/gm)].map(([, block = '']) => block).join('');

const sandbox = aSandbox();

afterAll(removeSandboxes);

test('the commands of docs/logbook.md run as they stand there, and do what the page says', () => {
  const log = openLogbook({ root: sandbox.logs, service: 'shop' });
  for (const name of ['alice', 'bob', 'alice']) {
    const person = `https://login.example.org|${name}`;
    const identity = { sub: name, email: `${name}@example.org` };
    const payload = { identity, request: { name: 'buy', arguments: { order: `of-${name}` } } };
    log.record({ kind: 'tool.call', target: 'buy', person, payload });
  }
  log.close();

  const bin = join(repository, 'node_modules', '.bin');
  const run = spawnSync('sh', ['-e', '-u', '-c', script], {
    cwd: sandbox.work,
    env: { ...sandbox.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(run.status, run.stderr).toBe(0);

  const work = (name: string): string => join(sandbox.work, name);
  const rows = readFileSync(work('alice.jsonl'), 'utf8').trimEnd().split('\n');
  expect(rows).toHaveLength(2);
  expect(rows.every((row) => row.includes('of-alice'))).toBe(true);
  expect(run.stdout).toMatch(/erased a_\w+: 2 seals/);
  expect(run.stderr).toMatch(/anchored up to entry \d+ of \d+ by "kept\.jsonl"/);
  expect(run.stdout).toMatch(/^ok {3}entry \d+ of \d+ in log shop\//m);
  // What the auditor gets: the whole log, and nothing that opens it.
  const handed = filesUnder(work('for-audit')).map((file) => basename(file));
  expect(handed.filter((name) => /key|\.db/.test(name))).toEqual([]);
  expect(handed).toEqual(expect.arrayContaining(['000000000000.jsonl', 'checkpoint', 'log.json']));

  expect(mcpLogbook(['query', '--user', 'alice@example.org'], sandbox.env).stdout).toBe('');
  expect(mcpLogbook(['query', '--user', 'bob'], sandbox.env).stdout).toContain('buy');
});

test('every variable, command and page that docs/logbook.md names exists', () => {
  const help = mcpLogbook(['--help']).stdout;
  for (const [, command = ''] of page.matchAll(/mcp-logbook ([a-z]+)/g))
    expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
  const schema = readFileSync(
    join(repository, 'packages', 'logbook', 'src', 'config.schema.json'),
    'utf8',
  );
  // MCP_LOGBOOK_CONFIG names the file of which this is the schema.
  for (const [name] of page.matchAll(/MCP_LOGBOOK_(?!CONFIG\b)[A-Z_]+/g))
    expect(schema.includes(`"${name}"`), name).toBe(true);
  for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)/g))
    expect(existsSync(join(repository, 'docs', target)), target).toBe(true);
  const operations = readFileSync(join(repository, 'docs', 'operations.md'), 'utf8').toLowerCase();
  for (const [, heading = ''] of page.matchAll(/operations\.md#([a-z-]+)/g))
    expect(operations).toContain(`\n## ${heading.replaceAll('-', ' ')}\n`);
});
