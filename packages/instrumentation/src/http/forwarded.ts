/**
 * Whose request it was before trusted proxies passed it on. Each proxy appends the address it heard from, so the chain
 * is read from its end: as long as an address is a trusted proxy's, the one before it is believed; the first that is not
 * is the client. What stands further left was written by the client itself.
 *
 * Source: RFC 7239 (`Forwarded`), and the convention of `X-Forwarded-For`.
 */
import { isIP } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';

/** Addresses of one chain; a caller may send any number. */
const MAX_HOPS = 32;

/**
 * The client's address.
 * @param direct address of the socket's other end
 * @returns `undefined` = nothing was forwarded by somebody trusted: the direct address counts
 */
export function clientAddress(
  direct: string | undefined,
  headers: IncomingHttpHeaders,
  isTrusted: (address: string) => boolean,
): string | undefined {
  if (direct === undefined || !isTrusted(direct)) return undefined;
  const { forwarded, 'x-forwarded-for': list } = headers;
  const chain =
    forwarded === undefined ? addressesOf(list) : forwarded.split(',').map((hop) => forOf(hop));
  let client: string | undefined;
  for (const hop of chain.slice(-MAX_HOPS).reverse()) {
    // An identifier that hides the address (`unknown`, `_secret`): nothing left of it can be believed.
    if (hop === undefined) break;
    client = hop;
    if (!isTrusted(hop)) break;
  }
  return client;
}

function addressesOf(list: string | string[] | undefined): (string | undefined)[] {
  const text = Array.isArray(list) ? list.join(',') : list;
  return text === undefined ? [] : text.split(',').map((hop) => addressIn(hop.trim()));
}

/** The `for` of one element of `Forwarded`. */
function forOf(hop: string): string | undefined {
  const value = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;"\s]+))/i.exec(hop);
  return addressIn(value?.[1] ?? value?.[2] ?? '');
}

/** An address with or without a port, IPv6 in brackets or bare. */
function addressIn(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const address =
    bracketed ?? (/^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text);
  return isIP(address) === 0 ? undefined : address;
}
