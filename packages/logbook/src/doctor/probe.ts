/**
 * What `doctor -- command` loads into every Node.js process of the command, behind the register: it notes, in the file
 * that MCP_LOGBOOK_DOCTOR names, that the process is there, which sources held an MCP SDK, and which programs it started.
 * One line of JSON each:
 *
 *   {"at":"start","pid":1,"version":"v24.1.0","script":"/a/server.js","sea":false}
 *   {"at":"sdk","pid":1,"url":"file:///a/protocol.js","format":"module"}
 *   {"at":"spawn","pid":1,"file":"/a/native"}
 *
 * Without the variable it does nothing. It never throws into the program and prints nothing.
 */
import { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { isSea } from 'node:sea';
import { isMainThread } from 'node:worker_threads';
import { HOOK_GLOBAL, PROTOCOL_MARK } from '@mcp-logbook/instrumentation/hook';
import { watchSources } from '../sources.ts';

const report = process.env['MCP_LOGBOOK_DOCTOR'];

/** A line of the file. */
export type Noted =
  | {
      readonly at: 'start';
      readonly pid: number;
      readonly version: string;
      readonly script: string | undefined;
      readonly sea: boolean;
    }
  | { readonly at: 'sdk'; readonly pid: number; readonly url: string; readonly format: string }
  | { readonly at: 'spawn'; readonly pid: number; readonly file: string };

function noted(line: Noted): void {
  try {
    appendFileSync(report ?? '', `${JSON.stringify(line)}\n`);
  } catch {
    // The doctor is gone.
  }
}

if (report !== undefined && report !== '' && isMainThread) {
  const { pid, version } = process;
  noted({ at: 'start', pid, version, script: process.argv[1], sea: isSea() });
  watchSources((url, source, format) => {
    if (source.includes(PROTOCOL_MARK) && source.includes(HOOK_GLOBAL))
      noted({ at: 'sdk', pid, url, format });
  });
  const prototype = ChildProcess.prototype as unknown as {
    spawn(this: unknown, options: { readonly file?: unknown }): unknown;
  };
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    noted({ at: 'spawn', pid, file: String(Object(options).file) });
    return spawn.call(this, options);
  };
}
