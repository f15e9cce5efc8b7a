/**
 * Preload of `calls.ts`, and of nothing else: everything as usual but for a redactor that looks at nothing, so that the
 * difference is what redaction costs. There is no such switch in the product.
 */
import { registerHooks } from 'node:module';

const NONE = new Map();
const plain = (value) => ({ value, counts: NONE, total: 0, truncated: false, failed: false });

globalThis[Symbol.for('mcp-logbook.bench.createRedactor')] = () => ({
  rules: 'none',
  redact: plain,
  redactText: plain,
  redactToJson(value) {
    const json = JSON.stringify(value) ?? 'null';
    return { ...plain(value), json, originalBytes: Buffer.byteLength(json) };
  },
});

const SOURCE = `export const createRedactor = globalThis[Symbol.for('mcp-logbook.bench.createRedactor')];`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@mcp-logbook/redaction'
      ? { url: `data:text/javascript,${encodeURIComponent(SOURCE)}`, shortCircuit: true }
      : next(specifier, context),
});
