import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLogbook } from '../src/logbook.ts';
import {
  aFolder,
  anEntry,
  copyOf,
  readLog,
  removeFolders,
  sequenceProblems,
} from './sample-log.ts';

afterAll(removeFolders);

const service = 'svc';

/** A root whose log ended as by SIGKILL: `entries` behind the last commit. */
function aKilledLog(entries: number): string {
  const root = aFolder();
  const log = openLogbook({ root, service });
  log.append(anEntry());
  log.commit();
  for (let n = 0; n < entries; n += 1) log.append(anEntry({ target: `tail-${n}` }));
  // The process is gone: what is on disk now is what a kill would leave. (The copy has no lock.)
  const copy = copyOf(root);
  log.close();
  return copy;
}

function segmentOf(root: string): string {
  const folder = join(root, service, 'segments');
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? '');
}

function reopen(root: string): ReturnType<typeof readLog> {
  openLogbook({ root, service }).close();
  return readLog(join(root, service));
}

describe('a log that was killed', () => {
  test('adopts complete pairs behind the last commit and says so (I3)', () => {
    const root = aKilledLog(3);
    const before = readLog(join(root, service));
    expect(before.uncommitted).toBe(3);

    const after = reopen(root);

    expect(after.problems).toEqual([]);
    expect(after.leaves.slice(0, before.leaves.length)).toEqual(before.leaves);
    expect(after.leaves.slice(before.leaves.length).map((leaf) => leaf['kind'])).toEqual([
      'log.recovered',
      'log.started',
      'log.stopped',
    ]);
    expect(sequenceProblems(after.leaves)).toEqual([]);
  });

  test('cut at every byte of its last two entries keeps the whole ones, quarantines the rest and goes on', () => {
    const root = aKilledLog(2);
    const segment = segmentOf(root);
    const bytes = readFileSync(segment);
    const whole = readLog(join(root, service)).leaves.length;
    const lines = bytes.toString('latin1').split('\n');
    const pairStarts = lines.flatMap((line, at) =>
      line.startsWith('{"leaf"') ? [lines.slice(0, at).join('\n').length + 1] : [],
    );
    const from = pairStarts.at(-2) ?? 0;
    const second = pairStarts.at(-1) ?? 0;
    const folder = join(root, service);
    const saved = copyOf(root);
    const step = process.env['SLOW'] === '1' ? 1 : 23;
    for (
      let cut = from;
      cut <= bytes.length;
      cut = cut < bytes.length ? Math.min(cut + step, bytes.length) : cut + 1
    ) {
      const target = join(saved, service, 'segments', segment.slice(segment.lastIndexOf('/') + 1));
      const trial = copyOf(saved);
      const path = target.replace(saved, trial);
      truncateSync(path, cut);
      const kept = whole - 2 + (cut >= second ? 1 : 0) + (cut >= bytes.length ? 1 : 0);

      const after = reopen(trial);

      const torn = cut !== from && cut !== second && cut !== bytes.length;
      expect(after.problems, `cut at ${cut}`).toEqual([]);
      expect(after.leaves.filter((leaf) => leaf['kind'] === 'tool.call')).toHaveLength(kept - 2);
      expect(sequenceProblems(after.leaves)).toEqual([]);
      const quarantine = join(trial, service, 'quarantine');
      expect(existsSync(quarantine) ? readdirSync(quarantine).length : 0).toBe(torn ? 1 : 0);
      if (torn) {
        const [name = ''] = readdirSync(quarantine);
        expect(readFileSync(join(quarantine, name))).toEqual(
          bytes.subarray(cut >= second ? second : from, cut),
        );
      }
      rmSync(trial, { recursive: true });
    }
    expect(folder).toContain(service);
  });

  test('does not adopt a pair whose seal does not open, and never gives its number out again (I7)', () => {
    const root = aKilledLog(2);
    const path = segmentOf(root);
    const text = readFileSync(path, 'utf8');
    const at = text.lastIndexOf('{"seal":"') + 40;
    writeFileSync(path, text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));

    const after = reopen(root);

    expect(after.problems).toEqual([]);
    expect(after.leaves.filter((leaf) => leaf['kind'] === 'tool.call')).toHaveLength(2);
    expect(after.leaves.some((leaf) => leaf['kind'] === 'producer.gap')).toBe(true);
    expect(sequenceProblems(after.leaves)).toEqual([]);
  });

  test('without its frontier is hashed from the start and goes on', () => {
    const root = aKilledLog(2);
    rmSync(join(root, service, 'frontier'));
    const after = reopen(root);
    expect(after.problems).toEqual([]);
    expect(sequenceProblems(after.leaves)).toEqual([]);
  });

  test('with a torn line in "checkpoints.jsonl" goes on', () => {
    const root = aKilledLog(1);
    appendFileSync(join(root, service, 'checkpoints.jsonl'), '{"checkpoint":"svc/');
    expect(reopen(root).problems).toEqual([]);
    const lines = readFileSync(join(root, service, 'checkpoints.jsonl'), 'utf8').split('\n');
    expect(lines.slice(0, -1).every((line) => line.endsWith('"}'))).toBe(true);
    expect(readdirSync(join(root, service, 'quarantine'))).toHaveLength(1);
  });
});

describe('an integrity failure refuses to append and changes nothing', () => {
  function aClosedLog(): string {
    const root = aFolder();
    const log = openLogbook({ root, service });
    for (let n = 0; n < 5; n += 1) log.append(anEntry());
    log.close();
    return root;
  }

  const spoilers: Record<string, (root: string) => void> = {
    'a frontier with other hashes': (root) => {
      const path = join(root, service, 'frontier');
      const text = readFileSync(path, 'utf8');
      const at = text.indexOf('"hashes":["') + 15;
      writeFileSync(path, text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
    },
    'a frontier that is not one': (root) => {
      writeFileSync(join(root, service, 'frontier'), 'hello\n');
    },
    'a log cut below its checkpoint': (root) => {
      const path = segmentOf(root);
      const text = readFileSync(path, 'utf8');
      truncateSync(path, text.split('\n').slice(0, 4).join('\n').length + 1);
    },
    'a log cut below its checkpoint, without frontier': (root) => {
      const path = segmentOf(root);
      const text = readFileSync(path, 'utf8');
      truncateSync(path, text.split('\n').slice(0, 4).join('\n').length + 1);
      rmSync(join(root, service, 'frontier'));
    },
    'a removed segment': (root) => {
      rmSync(segmentOf(root));
    },
    'all segments removed and no frontier': (root) => {
      rmSync(segmentOf(root));
      rmSync(join(root, service, 'frontier'));
    },
    'a flipped byte in the last commit': (root) => {
      const path = segmentOf(root);
      const text = readFileSync(path, 'utf8');
      const at = text.lastIndexOf('seals ') + 10;
      writeFileSync(path, text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
    },
    'a damaged checkpoint': (root) => {
      const path = join(root, service, 'checkpoint');
      writeFileSync(path, readFileSync(path, 'utf8').replace('\n', '1\n'));
    },
    'a log without its log.json': (root) => {
      rmSync(join(root, service, 'log.json'));
    },
  };

  test.each(Object.keys(spoilers))('%s', (name) => {
    const root = aClosedLog();
    spoilers[name]?.(root);
    const folder = join(root, service, 'segments');
    const before = readdirSync(folder).map((file) => readFileSync(join(folder, file)));

    expect(() => openLogbook({ root, service })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_INTEGRITY' }),
    );

    expect(readdirSync(folder).map((file) => readFileSync(join(folder, file)))).toEqual(before);
  });
});
