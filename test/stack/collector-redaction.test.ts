/**
 * Secrets sent past our redaction: the collector's own takes them out of everything that leaves it, counts them by
 * server, and leaves alone what our redaction has been at (I5).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedactor } from '@mcp-logbook/redaction';
import { TOKEN_RULES, vectorsOf } from '@mcp-logbook/redaction/rules';
import { hasPattern } from '../../otel-collector/src/tokens.ts';
import { findCanaries, keyedCanaries, letters, recognisableCanaries } from '../harness/canaries.ts';
import { type Collector, startCollector, stopCollectors } from '../harness/collector.ts';
import { bodyText, FakeStores, JSON_TO_STORES } from '../harness/fake-stores.ts';
import { counterBody, logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { missingPrograms } from '../harness/programs.ts';
import { eventually } from '../harness/wait.ts';
import { verifies } from '../requirements.ts';

verifies('M4.4');

const skipped = missingPrograms('otelcol');

describe.skipIf(skipped !== undefined)(`second redaction ${skipped ?? ''}`, () => {
  let stores: FakeStores;
  let collector: Collector;

  beforeAll(async () => {
    stores = await FakeStores.start();
    collector = await startCollector({ env: stores.env, extra: [JSON_TO_STORES] });
  });

  afterAll(async () => {
    await stopCollectors();
    await stores.stop();
  });

  const counted = (service: string): number =>
    Math.max(
      0,
      ...stores.points
        .filter(
          ({ metric, resource }) =>
            metric === 'mcp_logbook.collector.secrets' && resource['service.name'] === service,
        )
        .map(({ value }) => value),
    );

  test('no canary leaves by any field of a span, an event, a log record or a resource, and each item is counted', async () => {
    const canaries = recognisableCanaries();
    const keyed = keyedCanaries();
    const spans = canaries.flatMap(({ carrier }) => [
      { name: `tools/call ${carrier}` },
      { name: 'a', statusMessage: `failed with ${carrier}`, isError: true },
      {
        name: 'b',
        attributes: { 'gen_ai.tool.call.arguments': JSON.stringify({ text: carrier }) },
      },
      { name: 'c', attributes: { list: ['first', carrier], nested: { deep: { text: carrier } } } },
      { name: 'd', events: [{ name: `event ${carrier}` }] },
      { name: 'e', events: [{ name: 'exception', attributes: { 'exception.message': carrier } }] },
    ]);
    const records = canaries.flatMap(({ carrier }) => [
      { eventName: 'mcp_logbook.call', body: `line ${carrier} end` },
      { body: { map: { list: [carrier] } } },
      { body: 'plain', attributes: { note: `see ${carrier}` } },
      { body: 'plain', severityText: carrier },
      { eventName: carrier, body: 'named' },
    ]);
    const leaky = { service: 'leaky' };
    expect(
      await postOtlp(collector.otlp, 'traces', spansBody(leaky, spans), collector.intakeToken),
    ).toBe(200);
    expect(
      await postOtlp(collector.otlp, 'logs', logsBody(leaky, records), collector.intakeToken),
    ).toBe(200);
    const own = {
      name: 'keyed',
      attributes: {
        arguments: JSON.stringify(keyed.value),
        'http.request.header.authorization': keyed.all[0]?.secret ?? '',
      },
    };
    expect(
      await postOtlp(collector.otlp, 'traces', spansBody(leaky, [own]), collector.intakeToken),
    ).toBe(200);
    const resource = {
      service: 'leaky-resource',
      resource: {
        'process.command_line': `x --password ${canaries[7]?.carrier ?? ''} ${canaries[0]?.carrier ?? ''}`,
      },
    };
    expect(
      await postOtlp(
        collector.otlp,
        'logs',
        logsBody(resource, [{ body: 'plain' }]),
        collector.intakeToken,
      ),
    ).toBe(200);
    await eventually(
      () =>
        stores.spans.length === spans.length + 1 &&
        stores.logs.length === records.length + 1 &&
        counted('leaky') > 0 &&
        counted('leaky-resource') > 0,
      60_000,
      () =>
        `${stores.spans.length} spans, ${stores.logs.length} records, counted ${counted('leaky')}`,
    );
    const wire = stores.bodies.join('\n');
    expect(findCanaries([...canaries, ...keyed.all], wire, 'what left the collector')).toEqual([]);
    // Events are counted as events, their span is not; every other item once.
    await eventually(
      () => counted('leaky') === spans.length + 1 + records.length,
      60_000,
      () => `counted ${counted('leaky')} of ${spans.length + 1 + records.length}`,
    );
    expect(wire).not.toContain('mcp_logbook.collector.exposed');
  });

  test('one token of every family that has a pattern is masked, by RE2 itself', async () => {
    const tokens = TOKEN_RULES.flatMap((rule) => {
      const [vector] = vectorsOf(rule, 3, 1);
      const [literal = ''] = rule.prefixes;
      if (vector === undefined || !hasPattern(rule, literal)) return [];
      // Where the literal stands inside, what is left of it stays.
      const at = rule.before === undefined ? 0 : vector.text.indexOf(literal);
      return [{ family: rule.id, text: vector.text, secret: vector.secret.slice(at) }];
    });
    const seen = stores.logs.length;
    const records = tokens.map(({ text }) => ({ body: `got ${text} from peer` }));
    const body = logsBody({ service: 'families' }, records);
    expect(await postOtlp(collector.otlp, 'logs', body, collector.intakeToken)).toBe(200);
    await eventually(
      () => stores.logs.length === seen + records.length,
      60_000,
      () => `${stores.logs.length - seen} of ${records.length} records`,
    );
    const left = stores.logs.slice(seen).map((log) => bodyText(log));
    expect(tokens.length).toBeGreaterThan(450);
    expect(
      tokens
        .filter(({ secret }) => left.some((line) => line.includes(secret)))
        .map(({ family }) => family),
    ).toEqual([]);
    expect(left.filter((line) => !line.startsWith('got ') || !line.endsWith(' from peer'))).toEqual(
      [],
    );
  });

  test('a label of a metric is masked too', async () => {
    const secret = `gh${'p_'}${letters(36)}`;
    const body = counterBody({ service: 'labels' }, 'mcp_logbook.auth.events', 1, {
      'gen_ai.tool.name': secret,
    });
    expect(await postOtlp(collector.otlp, 'metrics', body, collector.intakeToken)).toBe(200);
    const found = () => stores.points.find(({ metric }) => metric === 'mcp_logbook.auth.events');
    await eventually(
      () => found() !== undefined,
      60_000,
      () => 'no point',
    );
    expect(found()?.attributes).toEqual({ 'gen_ai.tool.name': '****' });
  });

  test('what our own redaction has been at passes unchanged and uncounted', async () => {
    const redactor = createRedactor();
    const carriers = recognisableCanaries().map(
      ({ carrier }) => redactor.redactText(`got ${carrier} from peer`).value,
    );
    const keyed = JSON.stringify(redactor.redact(keyedCanaries().value).value);
    const records = [...carriers, keyed].map((text, i) => ({
      eventName: 'mcp_logbook.call',
      body: text,
      attributes: {
        text,
        password: '[REDACTED:keyed-secret]',
        'gen_ai.usage.input_tokens': 12,
        progress_token: `p${i}`,
      },
    }));
    await postOtlp(
      collector.otlp,
      'logs',
      logsBody({ service: 'tidy' }, records),
      collector.intakeToken,
    );
    const arrived = () => stores.logs.filter(({ resource }) => resource['service.name'] === 'tidy');
    await eventually(
      () => arrived().length === records.length,
      60_000,
      () => `${arrived().length} arrived`,
    );
    expect(arrived().map(bodyText)).toEqual(records.map(({ body }) => body));
    expect(arrived().map(({ attributes }) => attributes)).toEqual(
      records.map(({ attributes }) => attributes),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(counted('tidy')).toBe(0);
  });
});
