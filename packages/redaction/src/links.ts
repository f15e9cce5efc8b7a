/** Links that let whoever holds them in, once: `/reset/x`, `/magic-link/x`, `/invite/x`. */
import { charset, looksRandom, runEnd, UUID } from './charset.ts';
import type { Found } from './personal.ts';

/** Parts of paths before the secret one. */
export const LINKS: readonly string[] =
  '/reset/ reset-password/ password_reset/ password-reset/ /password/edit/ /magic/ magic-link/ magiclink/ /invite/ invitation/ invitations/ /activate/ /activation/ set-password/ /confirm/ confirm-email/ verify-email/ one-time/ /otl/ /passwordless/ /recover/ signin-link/ login-link/ share-link/ /private- infura.io/v3/ alchemy.com/v2/ quiknode.pro/ rpc.ankr.com/'.split(
    ' ',
  );
const SEGMENT = charset('A-Za-z0-9_~.=-');
const HEX_TOKEN = /^[0-9a-f]{20,128}$/;

/** Behind one of `LINKS`: the part of the path that is the secret, or the one behind a number or a name. */
export function linkSecret(text: string, _start: number, end: number): Found | undefined {
  for (let from = end, part = 0; part < 3; part++) {
    const stop = runEnd(SEGMENT, text, from, 512);
    const value = text.slice(from, stop).replace(/[.=]+$/, '');
    if (looksRandom(value) || HEX_TOKEN.test(value) || UUID.test(value))
      return { start: from, end: from + value.length, rule: 'link-secret' };
    if (text[stop] !== '/' || stop - from > 40) return undefined;
    from = stop + 1;
  }
  return undefined;
}
