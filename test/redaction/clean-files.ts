/**
 * Group `clean`, part three: pieces of real files, from the packages the lock file pins. Declarations and sources about
 * passwords, tokens and keys (TLS, OAuth, cryptography, HTTP), documentation, minified code, this repository's lock file.
 *
 * Left out are pieces with an e-mail address, a key block or a sample password, which a redactor has to change.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const FILES: readonly string[] = [
  'package-lock.json',
  'node_modules/@types/node/crypto.d.ts',
  'node_modules/@types/node/tls.d.ts',
  'node_modules/@types/node/http.d.ts',
  'node_modules/@types/node/https.d.ts',
  'node_modules/@types/node/url.d.ts',
  'node_modules/@types/node/fs.d.ts',
  'node_modules/@modelcontextprotocol/sdk/README.md',
  'node_modules/@modelcontextprotocol/sdk/dist/esm/client/auth.js',
  'node_modules/@modelcontextprotocol/sdk/dist/esm/shared/auth.d.ts',
  'node_modules/@modelcontextprotocol/sdk/dist/esm/types.js',
  'node_modules/@modelcontextprotocol/sdk/dist/esm/server/auth/handlers/token.js',
  'node_modules/express/lib/response.js',
  'node_modules/jose/dist/types/types.d.ts',
  'node_modules/jose/dist/webapi/jwt/verify.js',
  'node_modules/jose/dist/webapi/key/export.js',
  'node_modules/hono/dist/middleware/basic-auth/index.js',
  'node_modules/hono/dist/middleware/bearer-auth/index.js',
  'node_modules/hono/dist/middleware/csrf/index.js',
  'node_modules/cookie/index.js',
  'node_modules/cookie-signature/index.js',
  'node_modules/glob/dist/esm/index.min.js',
  'node_modules/protobufjs/dist/minimal/protobuf.min.js',
  'node_modules/formdata-polyfill/esm.min.js',
  'node_modules/mime-db/db.json',
  'node_modules/yaml/dist/parse/lexer.js',
  'node_modules/playwright-core/types/types.d.ts',
  'node_modules/playwright-core/README.md',
  'node_modules/fast-check/README.md',
  'node_modules/zod/README.md',
  'docs/operations.md',
  'README.md',
  'CONTRIBUTING.md',
  'docker-compose.yml',
  'package.json',
];

/** Lines of a piece, and the most pieces of one file. */
const LINES = 40;
const MOST = 8;

/** What a redactor has to change. */
const NOT_CLEAN = /[\w.+-]+@[\w-]+\.\w|-----BEGIN|:\/\/[^\s/]+:[^\s/]+@/;

/** Sample values under a secret name. */
const SAMPLES =
  /(?:password|passphrase|token|secret|key)['"]?\s*[:=]\s*['"`][^'"`]{3,}['"`]|'set-cookie'(?:: \[|,)/i;

export function cleanFiles(seed: number): Draft[] {
  const random = new Random(seed, 'clean/files');
  return FILES.flatMap((path): Draft[] => {
    const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
    const pieces = Math.min(MOST, Math.ceil(lines.length / LINES));
    const stripe = lines.length / pieces;
    return Array.from({ length: pieces }, (_, i): Draft | undefined => {
      const start = Math.floor(i * stripe + random.int(Math.max(1, Math.floor(stripe - LINES))));
      const text = lines
        .slice(start, start + LINES)
        .join('\n')
        .slice(0, 6_000);
      if (NOT_CLEAN.test(text) || SAMPLES.test(text)) return undefined;
      const value = random.chance(0.3) ? text : { content: [{ type: 'text', text }] };
      return { kind: `file ${path}`, value };
    }).filter((draft) => draft !== undefined);
  });
}
