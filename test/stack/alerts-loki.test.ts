/**
 * The LogQL alerts on a real Loki with the shipped configuration: records as the collector sends them are pushed with
 * times of the last two hours, and each rule's own expression is evaluated at moments before, during and after.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_PROOFS, alerts, conditionOf } from '@mcp-logbook/grafana';
import type { Burst } from '@mcp-logbook/grafana';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { lokiSpec, storeUrls } from '../harness/stack/backends.ts';
import { stackFolder } from '../harness/stack/folder.ts';
import { choosePorts } from '../harness/stack/ports.ts';
import { logSamples, type Sample } from '../harness/stack/query.ts';
import { Service } from '../harness/stack/service.ts';
import { verifies } from '../requirements.ts';

verifies('M4.5');

const skipped = missingPrograms('loki');
const MINUTE_MS = 60_000;
/** The stories are over before now, so nothing waits. */
const STORY_MINUTES = 125;
/** Minutes between two looks at a quiet story. */
const LOOK_EVERY = 5;

describe.skipIf(skipped !== undefined)(`LogQL alerts, ${skipped ?? 'on a real Loki'}`, () => {
  const beginMs = Date.now() - STORY_MINUTES * MINUTE_MS;
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-alerts-'));
  const rules = alerts('production').filter(({ source }) => source === 'loki');
  let loki: Service | undefined;
  let url = '';

  beforeAll(async () => {
    const ports = await choosePorts(false);
    url = storeUrls(ports).loki;
    loki = new Service(lokiSpec(findProgram('loki') ?? '', stackFolder(root), ports));
    await loki.start();
    const bursts = LOG_PROOFS.flatMap(({ alert, quiet, loud }) => [
      ...quiet(subjectOf(alert, 'quiet')),
      ...loud(subjectOf(alert, 'loud')),
    ]);
    for (const burst of bursts.toSorted((a, b) => a.minute - b.minute)) await push(burst);
  });

  afterAll(async () => {
    await loki?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** Samples of a rule that speak of one subject, at a minute of the story. */
  async function firing(alert: string, kind: 'quiet' | 'loud', minute: number): Promise<Sample[]> {
    const rule = rules.find(({ name }) => name === alert);
    const proof = LOG_PROOFS.find((candidate) => candidate.alert === alert);
    if (rule === undefined || proof === undefined) throw new Error(`no rule or proof of ${alert}`);
    const samples = await logSamples(url, conditionOf(rule), beginMs + minute * MINUTE_MS);
    return samples.filter(({ labels }) => labels.get(proof.subject) === subjectOf(alert, kind));
  }

  async function push(burst: Burst): Promise<void> {
    const response = await fetch(`${url}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(burst, beginMs)),
    });
    if (!response.ok) throw new Error(`Loki answered ${response.status}: ${await response.text()}`);
  }

  it('each of them has a story', () => {
    expect(LOG_PROOFS.map(({ alert }) => alert).toSorted()).toEqual(
      rules.map(({ name }) => name).toSorted(),
    );
  });

  describe.each(LOG_PROOFS)('$alert', ({ alert, value, before, fires, clears }) => {
    it('stays silent under its limit', async () => {
      for (let minute = before; minute <= clears; minute += LOOK_EVERY) {
        expect(await firing(alert, 'quiet', minute), `minute ${minute}`).toEqual([]);
      }
    });

    it('is silent before, fires with the number seen, and resolves', async () => {
      expect(await firing(alert, 'loud', before)).toEqual([]);
      const [sample, ...others] = await firing(alert, 'loud', fires);
      expect(others).toEqual([]);
      expect(sample?.value).toBe(value);
      expect(await firing(alert, 'loud', clears)).toEqual([]);
    });
  });
});

function subjectOf(alert: string, kind: 'quiet' | 'loud'): string {
  return `${kind}-${alert.toLowerCase()}`;
}

/** An OTLP request as the collector sends it to Loki: the class is an attribute of the resource. */
function bodyOf({ minute, count, logClass, service, attributes }: Burst, beginMs: number): object {
  const start = BigInt(beginMs + minute * MINUTE_MS) * 1_000_000n;
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const logRecords = Array.from({ length: count }, (_, index) => ({
    timeUnixNano: String(start + BigInt(index) * 1_000n),
    severityNumber: 9,
    attributes: Object.entries(attributes).map(([key, value]) => text(key, value)),
  }));
  return {
    resourceLogs: [
      {
        resource: {
          attributes: [
            text('service.name', service),
            text('deployment.environment.name', 'test'),
            text('mcp_logbook.log.class', logClass),
          ],
        },
        scopeLogs: [{ scope: { name: '@mcp-logbook/instrumentation' }, logRecords }],
      },
    ],
  };
}
