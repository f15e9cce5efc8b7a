/**
 * A `node:crypto` that remembers public keys and what it said of signatures, for tests that verify thousands of nearly
 * equal logs: a signature costs 0.1 to 0.3 ms, and of each log one at most is new. The answer for the same key, bytes
 * and signature is the same, so nothing is proven less.
 */
import crypto, { type KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** Answers kept; beyond that all are forgotten. */
const MAX_ANSWERS = 100_000;

/** From here on, in this process. Calls that are not about raw bytes and DER keys go on as before. */
export function rememberSignatures(): void {
  const { verify, createPublicKey } = crypto;
  const keys = new Map<string, KeyObject>();
  const names = new WeakMap<KeyObject, string>();
  const answers = new Map<string, boolean>();
  Object.assign(crypto, {
    createPublicKey: (...args: Parameters<typeof createPublicKey>): KeyObject => {
      const [input] = args;
      const der = Object(input).key;
      if (!(der instanceof Uint8Array) || Object(input).format !== 'der')
        return createPublicKey(...args);
      const name = Buffer.from(der).toString('latin1');
      const known = keys.get(name) ?? createPublicKey(...args);
      keys.set(name, known);
      names.set(known, name);
      return known;
    },
    verify: (...args: Parameters<typeof verify>): boolean => {
      const [algorithm, data, key, signature] = args;
      const name = key instanceof crypto.KeyObject ? names.get(key) : undefined;
      if (name === undefined || !(data instanceof Uint8Array) || !(signature instanceof Uint8Array))
        return verify(...args);
      const text = [name, data, signature].map((part) => Buffer.from(part).toString('latin1'));
      const question = JSON.stringify([algorithm, ...text]);
      const answer = answers.get(question) ?? verify(...args);
      if (answers.size >= MAX_ANSWERS) answers.clear();
      answers.set(question, answer);
      return answer;
    },
  });
  syncBuiltinESMExports();
}
