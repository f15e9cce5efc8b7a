/** The pictures of the dashboards in docs/pictures/: where each lies and how large it may be. */
import { join } from 'node:path';
import type { DashboardSpec } from '@mcp-logbook/grafana';
import { ROOT } from './stack/folder.ts';

/** Where they lie. */
export const PICTURES = join(ROOT, 'docs/pictures');

/** They travel with the repository. */
export const MAX_PICTURE_BYTES = 400 * 1_024;

/** File name: the uid without what all have in common. */
export function pictureOf({ uid }: Pick<DashboardSpec, 'uid'>): string {
  return `${uid.replace('mcp-logbook-', '')}.png`;
}
