/**
 * The root secret from a command: a key service (KMS, Vault transit) or whatever can print it (audit.md 2).
 *
 * The command is a program and its arguments, parted by blanks, or a JSON list of texts where an argument holds blanks. It
 * is started without a shell, with no input and the environment of this process, at most once an opening of the root's
 * keys. It must end with code 0 within 10 s and have printed base64 or base64url of 32 bytes, with or without a newline:
 * the secret itself, always the same. What it says on stderr is not shown, since it may hold a secret.
 */
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { LogbookError } from './errors.ts';

const TIMEOUT_MS = 10_000;
/** More is no key. */
const MAX_OUTPUT_BYTES = 4096;
const KEY = /^[A-Za-z0-9+/_-]{43}=?\r?\n?$/;

/**
 * Runs the command. Blocks until it ends.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING` when it cannot run or fails, `ERR_LOGBOOK_KEY_WRONG` when what it prints is
 * no key, `ERR_LOGBOOK_USAGE` when it is no command
 */
export function secretOfCommand(command: string, timeoutMs: number = TIMEOUT_MS): Buffer {
  const [program, ...args] = partsOf(command);
  const name = `key command "${basename(program)}"`;
  const { error, status, signal, stdout } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  });
  const output: Buffer = stdout ?? Buffer.of();
  try {
    const code = error !== undefined && 'code' in error ? String(error.code) : undefined;
    if (code === 'ETIMEDOUT') throw missing(`${name} did not end within ${timeoutMs / 1000} s`);
    if (code === 'ENOBUFS') throw wrong(`${name} printed over ${MAX_OUTPUT_BYTES} bytes`);
    if (error !== undefined) throw missing(`${name} cannot be started: ${code}`);
    if (status !== 0) throw missing(`${name} ended with ${signal ?? `code ${status}`}`);
    const text = output.toString('latin1');
    if (!KEY.test(text)) throw wrong(`${name} printed ${output.length} bytes that are no key`);
    return Buffer.from(text.trim(), 'base64url');
  } finally {
    output.fill(0);
  }
}

/** Base name of the program, to be shown: arguments may hold a secret. */
export function programOf(command: string): string {
  return basename(partsOf(command)[0]);
}

function partsOf(command: string): [program: string, ...args: string[]] {
  let parts: unknown = command.trim().split(/\s+/);
  if (command.trim().startsWith('[')) {
    try {
      parts = JSON.parse(command);
    } catch {
      parts = undefined;
    }
  }
  const isTexts = Array.isArray(parts) && parts.every((part) => typeof part === 'string');
  const [program = '', ...args] = isTexts ? (parts as string[]) : [];
  if (program !== '' && ![program, ...args].some((part) => part.includes('\0')))
    return [program, ...args];
  throw new LogbookError('ERR_LOGBOOK_USAGE', 'the key command is no program with arguments', {
    hint: 'e.g. /usr/local/bin/logbook-root-key, or ["/path/with blanks/program", "argument"]',
  });
}

const HINT =
  'run it by hand, as the same user: it must print 32 bytes in base64 and nothing else, and end with code 0';

function missing(message: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_KEY_MISSING', message, { hint: HINT });
}

function wrong(message: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_KEY_WRONG', message, {
    hint: `expected 32 bytes in base64; ${HINT}`,
  });
}
