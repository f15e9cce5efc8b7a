/** The inspector's command line against our fixtures over stdio: its output, byte for byte. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { REGISTER } from '../harness/process.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { entriesIn, type Row } from './compare.ts';
import { fixture, type Generation } from './scenarios.ts';
import { INSPECTOR, inspector } from './tools.ts';

const METHODS: readonly (readonly string[])[] = [
  ['tools/list'],
  ['resources/list'],
  ['prompts/list'],
  ['tools/call', '--tool-name', 'test_simple_text'],
  ['tools/call', '--tool-name', 'test_error_handling'],
  ['tools/call', '--tool-name', 'test_multiple_content_types'],
];

export function inspectorTitle(generation: Generation): string {
  return `inspector ${INSPECTOR}, fixture ${generation}`;
}

export async function compareInspector(generation: Generation, sandbox: Sandbox): Promise<Row> {
  const logs = join(sandbox.root, `inspector-${generation}`);
  mkdirSync(logs);
  const call = async (flag: boolean, method: readonly string[]): Promise<string> => {
    const server = [
      ...(flag ? ['--require', REGISTER] : []),
      fixture(`server-${generation}`),
      'stdio',
    ];
    // A host gives its servers few variables: what the server needs is said.
    const { code, stdout, stderr } = await inspector(
      [
        '--cli',
        process.execPath,
        ...server,
        '-e',
        `MCP_LOGBOOK_DIR=${logs}`,
        '--method',
        ...method,
      ],
      sandbox.env,
    );
    if (stdout === '') throw new Error(`inspector ${method.join(' ')}: code ${code}, ${stderr}`);
    return `${code} ${stdout}`;
  };
  const differences: string[] = [];
  for (const method of METHODS) {
    const [plain, flag] = [await call(false, method), await call(true, method)];
    if (plain !== flag) differences.push(`${method.join(' ')}:\n  plain ${plain}\n  flag  ${flag}`);
  }
  const passed = { passed: METHODS.length, failed: 0 };
  return {
    title: inspectorTitle(generation),
    plain: passed,
    flag: { passed: METHODS.length - differences.length, failed: differences.length },
    differences,
    again: 0,
    entries: entriesIn(logs),
  };
}
