/**
 * `node:fs` where it is seldom needed before a server's first answer: to import it as an ES module makes Node.js load
 * `fs/promises`, `readline` and thirty more of its own parts, for names that nobody asks for.
 */
export function fs(): typeof import('node:fs') {
  return process.getBuiltinModule('node:fs');
}
