/** Group `clean`: nothing in it is secret or personal, and nothing may change. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Draft, Step } from './cases.ts';
import { cleanCode } from './clean-code.ts';
import { cleanData } from './clean-data.ts';
import { cleanEveryday } from './clean-everyday.ts';
import { cleanFiles } from './clean-files.ts';
import { cleanTraffic } from './clean-traffic.ts';
import { cleanText } from './clean-text.ts';
import { cleanTools } from './clean-tools.ts';

const RECORDED = join(import.meta.dirname, 'recorded');

/** Sessions of real servers (record.ts): each message a case, and each session whole, with one memory of secrets. */
function sessions(): Draft[] {
  return readdirSync(RECORDED).flatMap((name): Draft[] => {
    const steps = readFileSync(join(RECORDED, name), 'utf8')
      .trim()
      .split('\n')
      .map((line): Step => {
        const { direction, message } = JSON.parse(line) as {
          direction: Step['direction'];
          message: unknown;
        };
        return { direction, value: message };
      });
    const session = name.replace('.jsonl', '');
    return [
      ...steps.map((step): Draft => ({ kind: `message of ${session}`, steps: [step] })),
      { kind: `session of ${session}`, steps },
    ];
  });
}

export function clean(seed: number): Draft[] {
  return [
    ...cleanCode(seed),
    ...cleanData(seed),
    ...cleanText(seed),
    ...cleanTraffic(seed),
    ...cleanFiles(seed),
    ...cleanEveryday(seed),
    ...cleanTools(seed),
    ...sessions(),
  ];
}
