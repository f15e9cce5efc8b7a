/**
 * The door to the shipper, light to import: HTTP, TLS, compression and the rest are loaded by the first call, so a
 * program without an audit endpoint loads none of it (hotpath.md 3).
 */
import type { Shipper, ShipperOptions } from './shipper.ts';

/**
 * Makes a shipper of the logs under a root.
 * @throws LogbookError `ERR_LOGBOOK_USAGE` endpoint, `ERR_LOGBOOK_KEY_MALFORMED` recipient, `ERR_LOGBOOK_KEY_MISSING` or
 * `ERR_LOGBOOK_KEY_WRONG` root key
 */
export async function createShipper(options: ShipperOptions): Promise<Shipper> {
  const { startShipper } = await import('./shipper.ts');
  return startShipper(options);
}
