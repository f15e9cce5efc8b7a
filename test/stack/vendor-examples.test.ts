/**
 * The example exporters under the real collector: each validates with the profile it is written for, and what it sends
 * carries the key from its file to the path the vendor documents. No vendor is asked: what they answer is on paper.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startCollector, stopCollectors, validateProfile } from '../harness/collector.ts';
import { asArray, asRecord } from '../harness/json.ts';
import { logsBody, postOtlp } from '../harness/otlp-send.ts';
import { missingPrograms } from '../harness/programs.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { eventually } from '../harness/wait.ts';

const skipped = missingPrograms('otelcol');
const EXAMPLES = join(ROOT, 'otel-collector/examples');
const KEY = 'key-of-the-test-1234567890';

/** Variables of each, and what must arrive. */
const WANTED = {
  'datadog.yaml': ['DATADOG', '', 'dd-api-key', KEY],
  'elasticsearch.yaml': ['ELASTIC', '/_otlp', 'authorization', `ApiKey ${KEY}`],
  'vendor.yaml': ['VENDOR', '', 'authorization', `Bearer ${KEY}`],
} as const;

afterAll(stopCollectors);

describe('example exporters', () => {
  it('are those that are tested here', () => {
    expect(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'))).toEqual(
      Object.keys(WANTED),
    );
  });

  it.each(Object.keys(WANTED))(
    '%s adds to every list of the profile and takes nothing out',
    (name) => {
      const pipelines = (file: string): Record<string, unknown> =>
        asRecord(asRecord(asRecord(parse(readFileSync(file, 'utf8')))['service'])['pipelines']);
      const profile = pipelines(join(ROOT, 'otel-collector/profiles/default.yaml'));
      for (const [pipeline, changed] of Object.entries(pipelines(join(EXAMPLES, name)))) {
        const before = asArray(asRecord(profile[pipeline])['exporters']);
        const after = asArray(asRecord(changed)['exporters']);
        expect(after.slice(0, -1), pipeline).toEqual(before);
      }
    },
  );
});

describe.skipIf(skipped !== undefined)(`example exporters, ${skipped ?? 'running'}`, () => {
  it.each(Object.entries(WANTED))(
    '%s is valid, and sends its key with every request',
    async (name, [prefix, path, header, value]) => {
      const folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-vendor-'));
      writeFileSync(join(folder, 'key'), KEY, { mode: 0o600 });
      const seen: { readonly path: string; readonly value: string | undefined }[] = [];
      const vendor = createServer((request, response) => {
        seen.push({ path: request.url ?? '', value: String(request.headers[header]) });
        request.resume();
        request.on('end', () => response.end('{}'));
      });
      await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
      const address = vendor.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      // The key file must be there for `validate` as well: give it in the text, as a user edits the path.
      const text = readFileSync(join(EXAMPLES, name), 'utf8').replace(
        /\$\{env:\w+_KEY_FILE:-[^}]+\}/,
        join(folder, 'key'),
      );
      expect(await validateProfile('default', [text])).toEqual({ code: 0, printed: '' });
      const collector = await startCollector({
        extra: [text],
        env: { [`${prefix}_OTLP_ENDPOINT`]: `http://127.0.0.1:${port}${path}` },
      });
      const body = logsBody({ service: 'shop' }, [{ body: 'hello vendor' }]);
      expect(await postOtlp(collector.otlp, 'logs', body, collector.intakeToken)).toBe(200);
      await eventually(
        () => seen.length > 0,
        60_000,
        () => 'a request to the vendor',
      );
      expect(seen[0]).toEqual({ path: `${path}/v1/logs`, value });
      vendor.close();
      rmSync(folder, { recursive: true, force: true });
    },
  );
});
