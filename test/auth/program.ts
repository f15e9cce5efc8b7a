/** One server of the table: SDK generation and framework, started beside the packages it needs. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCanaries, letters } from '../harness/canaries.ts';
import { filesUnder } from '../harness/logbook.ts';
import { spawnNode, type Watched } from '../harness/process.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { installPinned } from '../matrix/pinned.ts';

/** One server. */
export interface Gate {
  readonly sdk: 'v1' | 'v2';
  readonly framework: 'express' | 'hono' | 'fastify';
  readonly over: 'http1' | 'http2';
}

/** Everything secret that goes over the wire, made up for each run: canaries. */
export interface Made {
  readonly tokens: Readonly<Record<'good' | 'weak' | 'expired' | 'opaque' | 'unknown', string>>;
  readonly code: string;
  readonly wrongCode: string;
  readonly verifier: string;
  readonly refresh: string;
  readonly wrongRefresh: string;
  readonly secret: string;
  readonly wrongSecret: string;
  readonly newSecret: string;
}

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));
const ADAPTERS = fileURLToPath(new URL('./adapters', import.meta.url));
const ROOT_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** New secrets. */
export function makeSecrets(): Made {
  return {
    tokens: {
      good: jwt('ada'),
      weak: jwt('bob'),
      expired: jwt('dan'),
      opaque: letters(40),
      unknown: letters(40),
    },
    code: letters(30),
    wrongCode: letters(30),
    verifier: letters(50),
    refresh: letters(40),
    wrongRefresh: letters(40),
    secret: letters(30),
    wrongSecret: letters(30),
    newSecret: letters(30),
  };
}

/** All of them, flat. */
function secretsOf(made: Made): string[] {
  const { tokens, ...rest } = made;
  return [...Object.values(tokens), ...Object.values(rest)];
}

/** Where one of them stands in what a run left behind: the names of the places, with what was found. */
export function secretsFound(
  made: Made,
  left: { wire: string; stderr: string; logs: string; entries: readonly unknown[] },
): unknown[] {
  const canaries = secretsOf(made).map((secret) => ({ family: 'made', carrier: secret, secret }));
  return [
    ...findCanaries(canaries, left.wire, 'OTLP'),
    ...findCanaries(canaries, left.stderr, 'stderr'),
    ...filesUnder(left.logs).flatMap((file) => findCanaries(canaries, readFileSync(file), file)),
    ...findCanaries(canaries, JSON.stringify(left.entries), 'payloads'),
  ];
}

/** A token whose claims name somebody; the signature is noise. */
function jwt(sub: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://id.example',
    sub,
    client_id: 'app-1',
    email: `${sub}@example.org`,
    jti: letters(12),
  };
  return [
    part({ alg: 'HS256', typ: 'JWT' }),
    part(claims),
    randomBytes(32).toString('base64url'),
  ].join('.');
}

/** Starts it; resolves once it listens. */
export async function startGate(
  gate: Gate,
  sandbox: Sandbox,
  options: {
    readonly port: number;
    readonly made: Made;
    readonly instrumented: boolean;
    readonly env: Readonly<Record<string, string>>;
    /** Of the project's own `node_modules`: nothing is installed. */
    readonly own: boolean;
  },
): Promise<Watched> {
  const folder = join(sandbox.root, 'program');
  if (!existsSync(folder)) {
    mkdirSync(folder);
    for (const name of readdirSync(FIXTURES))
      copyFileSync(join(FIXTURES, name), join(folder, name));
    symlinkSync(options.own ? ROOT_MODULES : installPinned(ADAPTERS), join(folder, 'node_modules'));
  }
  const child = spawnNode({
    script: join(folder, `${gate.sdk}.mjs`),
    args: [gate.framework, String(options.port), gate.over],
    env: { ...sandbox.env, ...options.env, MADE: JSON.stringify(options.made) },
    instrumented: options.instrumented,
  });
  await child.printed('listening');
  return child;
}
