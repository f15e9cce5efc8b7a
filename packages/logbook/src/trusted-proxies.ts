/** Which peers are proxies of ours, whose forwarded client addresses are believed (MCP_LOGBOOK_TRUST_PROXY). */
import type { Config } from './config.ts';

/** Whether `peer` may be believed about a forwarded address. */
export function trusts(rule: Config['trustProxy'], peer: string): boolean {
  if (typeof rule === 'boolean') return rule;
  const address = peer.startsWith('::ffff:') ? peer.slice(7) : peer;
  return rule.some((range) => inRange(address, range));
}

/** IPv4 by bits; IPv6 by the literal address only, so that a range is never read too widely. */
function inRange(address: string, range: string): boolean {
  const [base = '', bits] = range.split('/');
  if (bits === undefined) return address === base;
  const a = ipv4(address);
  const b = ipv4(base);
  const width = Number(bits);
  if (a === undefined || b === undefined || width > 32) return false;
  if (width === 0) return true;
  return a >>> (32 - width) === b >>> (32 - width);
}

function ipv4(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}
