/** All generated files of this folder, as text. */
import { readFileSync } from 'node:fs';
import { composeProfile } from './compose.ts';
import { PROFILES } from './profiles.ts';
import { redactionFile } from './redaction.ts';

const root = new URL('../', import.meta.url);

/** Path below `otel-collector/` and content. Reads the layers from disk. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const read = (layer: string): string =>
    readFileSync(new URL(`layers/${layer}.yaml`, root), 'utf8');
  const files = new Map<string, string>();
  for (const profile of PROFILES)
    files.set(`profiles/${profile.name}.yaml`, composeProfile(profile, read));
  files.set('redaction.yaml', redactionFile());
  return files;
}
