/** The seam with transports and recorders that misbehave: the program must not notice (I8). */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Exchange, Outcome } from '../src/exchange.ts';
import type { OpenCall, RecorderPort } from '../src/ports.ts';
import { patchProtocol } from '../src/seam/protocol.ts';

type Message = Record<string, unknown>;
type Listener = (message: unknown, extra?: unknown) => unknown;

/** As much of an SDK's Protocol as the seam relies on. */
function aProtocolClass() {
  return class {
    _serverInfo = { name: 'shop', version: '1' };
    got: unknown[] = [];
    closed = 0;
    async connect(transport: FakeTransport): Promise<string> {
      transport.onclose = () => void this.closed++;
      transport.onmessage = (message: unknown) => {
        this._onrequest(message);
        return 'from onmessage';
      };
      await transport.start();
      return 'connected';
    }
    _onrequest(message: unknown): void {
      this.got.push(message);
    }
  };
}

class FakeTransport {
  onmessage?: Listener;
  onclose?: () => void;
  sent: unknown[] = [];
  starts = 0;
  fail: Error | undefined;
  async start(): Promise<void> {
    this.starts++;
  }
  send(message: unknown): Promise<void> {
    this.sent.push(message);
    return this.fail === undefined ? Promise.resolve() : Promise.reject(this.fail);
  }
}

interface Kept {
  readonly exchange: Exchange;
  readonly outcomes: Outcome[];
}

function aRecorder(over: Partial<RecorderPort> = {}) {
  const calls: Kept[] = [];
  const sessions: string[] = [];
  const recorder: RecorderPort = {
    begin(exchange) {
      const call = { admitted: true, exchange, outcomes: [] };
      calls.push(call);
      return call;
    },
    current: () => undefined,
    run: (_call, fn) => fn(),
    inject: (_call, meta) => ({ ...meta, traceparent: 'ours' }),
    end: (call, outcome) => ((call as unknown as Kept).outcomes.push(outcome), true),
    session: (_connection, state) => void sessions.push(state),
    access: () => {},
    listed: () => {},
    endAll: () => {},
    ...over,
  };
  return { recorder, calls, sessions };
}

async function connected(over: Partial<RecorderPort> = {}, transport = new FakeTransport()) {
  const Protocol = aProtocolClass();
  const protocol = new Protocol();
  const kept = aRecorder(over);
  patchProtocol(protocol, () => kept.recorder);
  expect(await protocol.connect(transport)).toBe('connected');
  return { ...kept, protocol, transport };
}

let message: Message;
beforeEach(() => {
  message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };
});

describe('connect', () => {
  test('gives back the transport its own start, and starts it once', async () => {
    const { transport } = await connected();
    expect(transport.starts).toBe(1);
    expect(Object.hasOwn(transport, 'start')).toBe(false);
  });

  test('goes through a setter of the transport, so what forwards messages elsewhere still does', async () => {
    class Forwarding extends FakeTransport {
      inner: { onmessage?: Listener } = {};
    }
    Object.defineProperty(Forwarding.prototype, 'onmessage', {
      get(this: Forwarding) {
        return this.inner.onmessage;
      },
      set(this: Forwarding, listener: Listener) {
        this.inner.onmessage = listener;
      },
    });
    const transport = new Forwarding();
    delete (transport as { onmessage?: Listener }).onmessage; // the field of the class it extends
    const { calls } = await connected({}, transport);
    transport.inner.onmessage?.(message);
    expect(calls).toHaveLength(1);

    // What the program sets later goes the same way.
    const forwarded: unknown[] = [];
    transport.onmessage = (received) => void forwarded.push(received);
    transport.inner.onmessage({ ...message, id: 2 });
    expect(forwarded).toEqual([{ ...message, id: 2 }]);
    expect(calls).toHaveLength(2);
  });

  test('follows the callbacks that a gateway sets after it: each message is seen once, and the end of the session', async () => {
    const { transport, protocol, calls, sessions } = await connected();
    const forwarded: unknown[] = [];
    const found = transport.onmessage;
    transport.onmessage = (received) => {
      forwarded.push(received);
      return found?.(received);
    };
    let closed = 0;
    transport.onclose = () => void closed++;

    const hello = { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} };
    expect(transport.onmessage(hello)).toBe('from onmessage');
    await transport.send({ jsonrpc: '2.0', id: 0, result: {} });
    transport.onmessage({ jsonrpc: '2.0', method: 'notifications/initialized' });
    transport.onmessage(message);
    expect(forwarded).toHaveLength(3);
    expect(protocol.got).toHaveLength(3);
    expect(calls.map(({ exchange }) => exchange.method)).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);

    transport.onmessage = found; // puts back what it found: ours, wrapped no second time
    expect(transport.onmessage).toBe(found);
    transport.onmessage?.({ ...message, id: 2 });
    expect(calls).toHaveLength(4);

    transport.onclose();
    expect([closed, protocol.closed]).toEqual([1, 0]);
    expect(sessions).toEqual(['opened', 'closed']);
    expect(calls.at(-1)?.outcomes).toEqual([{ type: 'failed', errorType: 'connection_closed' }]);

    delete transport.onmessage;
    expect(transport.onmessage).toBeUndefined();
  });

  test('leaves no callback where a program takes its own away', async () => {
    const { transport } = await connected();
    (transport as { onmessage: unknown }).onmessage = undefined;
    expect(transport.onmessage).toBeUndefined();
    (transport as { onmessage: unknown }).onmessage = 'no function';
    expect(transport.onmessage).toBe('no function');
  });

  test('leaves a sealed transport alone', async () => {
    const transport = new FakeTransport();
    transport.onmessage = () => {};
    transport.onclose = () => {};
    const { calls, protocol } = await connected({}, Object.seal(transport));
    transport.onmessage(message);
    expect(protocol.got).toEqual([message]);
    expect(calls).toHaveLength(0);
  });

  test('wraps send once when a transport is used again, and counts each message once', async () => {
    const { transport, protocol, calls } = await connected();
    await protocol.connect(transport);
    transport.onmessage?.(message);
    await transport.send({ jsonrpc: '2.0', id: 1, result: {} });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.outcomes).toEqual([{ type: 'result', result: {} }]);
    expect(transport.sent).toHaveLength(1);
  });

  test('works as before when the recorder cannot be made', async () => {
    const Protocol = aProtocolClass();
    const protocol = new Protocol();
    patchProtocol(protocol, () => {
      throw new Error('no recorder');
    });
    const transport = new FakeTransport();
    await protocol.connect(transport);
    expect(transport.onmessage?.(message)).toBe('from onmessage');
  });
});

describe('requests without a session (2026-07-28)', () => {
  const from = (id: number, name: string, version = '2026-07-28'): Message => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': { name, version: '1' },
      },
    },
  });

  test('keep the client and the protocol version each of them names, while both are open', async () => {
    const { transport, calls } = await connected();
    transport.onmessage?.(from(1, 'first'));
    transport.onmessage?.(from(2, 'second', '2027-01-01'));
    transport.onmessage?.(from(3, 'first'));
    expect(
      calls.map(({ exchange: { connection: c } }) => [c.clientName, c.protocolVersion]),
    ).toEqual([
      ['first', '2026-07-28'],
      ['second', '2027-01-01'],
      ['first', '2026-07-28'],
    ]);
    expect(calls.every(({ exchange }) => exchange.connection.stateless)).toBe(true);
    expect(calls[0]?.exchange.connection).toBe(calls[2]?.exchange.connection);
  });

  test('make no session', async () => {
    const { transport, sessions } = await connected();
    transport.onmessage?.(from(1, 'first'));
    transport.onclose?.();
    expect(sessions).toEqual([]);
  });

  test('are on stdio when the transport stands in front of one that is', async () => {
    const channel = Object.assign(new FakeTransport(), { _wire: { _stdin: {} } });
    const { calls } = await connected({}, channel);
    channel.onmessage?.(from(1, 'first'));
    expect(calls[0]?.exchange.connection.networkTransport).toBe('pipe');
  });
});

describe('a recorder that throws everywhere', () => {
  const broken = (): never => {
    throw new Error('telemetry is broken');
  };

  test('changes neither what is received nor what is sent', async () => {
    const { transport, protocol } = await connected({
      begin: broken,
      end: broken,
      inject: broken,
      session: broken,
    });
    expect(transport.onmessage?.(message)).toBe('from onmessage');
    await transport.send({ jsonrpc: '2.0', id: 1, result: { a: 1 } });
    await transport.send(message);
    transport.onclose?.();
    expect(protocol.got).toEqual([message]);
    expect(transport.sent).toEqual([{ jsonrpc: '2.0', id: 1, result: { a: 1 } }, message]);
    expect(protocol.closed).toBe(1);
  });
});

describe('what is sent', () => {
  test('gets our context in a copy: the own message may be frozen', async () => {
    const { transport } = await connected();
    const params = Object.freeze({ name: 'echo', _meta: Object.freeze({ progressToken: 7 }) });
    await transport.send(Object.freeze({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    expect(transport.sent).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'echo', _meta: { progressToken: 7, traceparent: 'ours' } },
      },
    ]);
    expect(params._meta).toEqual({ progressToken: 7 });
  });

  test('is the very message when there is no context to carry', async () => {
    const { transport } = await connected({ inject: () => ({}) });
    await transport.send(message);
    expect(transport.sent[0]).toBe(message);
  });

  test('fails with the error of the transport, and its call with the class name of it', async () => {
    const { transport, calls } = await connected();
    transport.fail = new TypeError('pipe is gone');
    await expect(transport.send(message)).rejects.toBe(transport.fail);
    expect(calls[0]?.outcomes).toEqual([
      { type: 'failed', errorType: 'TypeError', error: transport.fail },
    ]);
  });

  test('is never sent when strict did not admit it', async () => {
    const { transport } = await connected({ begin: () => ({ admitted: false }) });
    await expect(transport.send(message)).rejects.toThrow('audit log unavailable');
    expect(transport.sent).toEqual([]);
  });

  test('has ids of its own: a request received under the same id is another one', async () => {
    const { transport, calls } = await connected();
    await transport.send(message);
    transport.onmessage?.(message);
    transport.onmessage?.({ jsonrpc: '2.0', id: 1, result: { of: 'ours' } });
    await transport.send({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'no' } });
    expect(calls.map((call) => call.outcomes[0])).toEqual([
      { type: 'result', result: { of: 'ours' } },
      { type: 'error', code: -32602, message: 'no', data: undefined },
    ]);
  });

  test('as a notification is delivered once the transport has it', async () => {
    const { transport, calls } = await connected();
    await transport.send({ jsonrpc: '2.0', method: 'notifications/progress', params: {} });
    expect(calls[0]?.exchange).toMatchObject({ side: 'client', requestId: undefined });
    expect(calls[0]?.outcomes).toEqual([{ type: 'delivered' }]);
  });
});

describe('how a request ends', () => {
  const cancel = (reason?: string): Message => ({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 1, ...(reason !== undefined && { reason }) },
  });

  test('cancelled by its sender', async () => {
    const { transport, calls } = await connected();
    transport.onmessage?.(message);
    transport.onmessage?.(cancel('enough'));
    expect(calls[0]?.outcomes).toEqual([{ type: 'cancelled', reason: 'enough' }]);
  });

  test('timed out, when that is why its own sender cancels', async () => {
    const { transport, calls } = await connected();
    await transport.send(message);
    await transport.send(cancel('McpError: MCP error -32001: Request timed out'));
    expect(calls[0]?.outcomes).toEqual([{ type: 'failed', errorType: 'timeout' }]);
  });

  test('a cancellation of an unknown request ends nothing', async () => {
    const { transport, calls } = await connected();
    transport.onmessage?.(cancel());
    expect(calls.map((call) => call.outcomes)).toEqual([[{ type: 'delivered' }]]);
  });

  test('with the connection, in both directions and once', async () => {
    const { transport, calls } = await connected();
    transport.onmessage?.(message);
    await transport.send(message);
    transport.onclose?.();
    transport.onclose?.();
    for (const call of calls)
      expect(call.outcomes).toEqual([{ type: 'failed', errorType: 'connection_closed' }]);
  });

  test('a second request under the same id does not orphan the first', async () => {
    const { transport, calls } = await connected();
    transport.onmessage?.(message);
    transport.onmessage?.({ ...message });
    expect(calls[0]?.outcomes).toEqual([{ type: 'failed', errorType: 'never_answered' }]);
  });

  test('more than ten thousand without an answer end the oldest', async () => {
    const { transport, calls } = await connected();
    for (let id = 0; id <= 10_000; id++) transport.onmessage?.({ ...message, id });
    expect(calls.filter((call) => call.outcomes.length > 0)).toHaveLength(1);
    expect(calls[0]?.outcomes).toHaveLength(1);
  });
});

describe('what is no request passes', () => {
  test.each([null, 'text', 7, [], [{ id: 1 }], {}, { id: 1, method: 5 }])('%j', async (odd) => {
    const { transport, protocol } = await connected();
    transport.onmessage?.(odd);
    await transport.send(odd);
    expect(protocol.got).toEqual([odd]);
    expect(transport.sent).toEqual([odd]);
  });
});

describe('what is registered', () => {
  const list = async (transport: FakeTransport, id: string, result: object): Promise<void> => {
    transport.onmessage?.({ jsonrpc: '2.0', id, method: 'tools/list' });
    await transport.send({ jsonrpc: '2.0', id, result });
  };
  const named = (name: string) => {
    const Protocol = aProtocolClass();
    return class extends Protocol {
      override _serverInfo = { name, version: '1' };
    };
  };
  async function server(name: string) {
    const protocol = new (named(name))();
    const kept = aRecorder();
    const transport = new FakeTransport();
    patchProtocol(protocol, () => kept.recorder);
    await protocol.connect(transport);
    const connection = () => {
      transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/progress' });
      const last = kept.calls.at(-1);
      if (last === undefined) throw new Error('nothing was seen');
      return last.exchange.connection;
    };
    return { transport, connection };
  }

  test('is unknown until a list was answered to its last page', async () => {
    const { transport, connection } = await server('paged');
    expect(connection().isRegistered('tool', 'echo')).toBeUndefined();
    await list(transport, 'a', {
      tools: [{ name: 'echo', annotations: { readOnlyHint: true } }],
      nextCursor: '2',
    });
    expect(connection().isRegistered('tool', 'echo')).toBe(true);
    expect(connection().toolAnnotations('echo')).toEqual({ readOnlyHint: true });
    expect(connection().isRegistered('tool', 'wipe')).toBeUndefined();
    await list(transport, 'b', { tools: [{ name: 'wipe' }] });
    expect(connection().isRegistered('tool', 'wipe')).toBe(true);
    expect(connection().isRegistered('tool', 'other')).toBe(false);
    expect(connection().isRegistered('prompt', 'other')).toBeUndefined();
  });

  test('is remembered for the next object of a stateless server, not for another server', async () => {
    const first = await server('stateless');
    await list(first.transport, 'a', { tools: [{ name: 'echo' }] });
    expect((await server('stateless')).connection().isRegistered('tool', 'echo')).toBe(true);
    expect((await server('another')).connection().isRegistered('tool', 'echo')).toBeUndefined();
  });

  test('is never learned from an answer that is no list', async () => {
    const { transport, connection } = await server('odd');
    await list(transport, 'a', { tools: 'all of them' });
    await list(transport, 'b', { tools: [null, 7, { name: 8 }, { name: 'echo' }] });
    expect(connection().isRegistered('tool', 'echo')).toBe(true);
  });
});

describe('a session', () => {
  const hello = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { clientInfo: { name: 'a' } },
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('opens after the answer to initialize and closes with the transport', async () => {
    const { transport, sessions } = await connected();
    transport.onmessage?.(hello);
    await transport.send({ jsonrpc: '2.0', id: 0, result: { protocolVersion: '2025-06-18' } });
    expect(sessions).toEqual([]);
    await turn();
    transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect(sessions).toEqual(['opened']);
    transport.onclose?.();
    expect(sessions).toEqual(['opened', 'closed']);
  });

  test('does not open when initialize was refused', async () => {
    const { transport, sessions } = await connected();
    transport.onmessage?.(hello);
    await transport.send({ jsonrpc: '2.0', id: 0, error: { code: -32600, message: 'no' } });
    await turn();
    expect(sessions).toEqual([]);
  });
});

test('the seam alone costs microseconds a call', async () => {
  const idle: OpenCall = { admitted: true };
  const { transport, protocol } = await connected({ begin: () => idle, end: () => true });
  const answer = { jsonrpc: '2.0', id: 1, result: {} };
  const deliver = transport.onmessage;
  const round = (n: number): number => {
    const start = performance.now();
    for (let i = 0; i < n; i++) {
      deliver?.(message);
      void transport.send(answer);
      protocol.got.length = 0;
      transport.sent.length = 0;
    }
    return ((performance.now() - start) * 1000) / n;
  };
  round(20_000);
  const micros = Math.min(round(20_000), round(20_000), round(20_000));
  if (process.env.SHOW_COST !== undefined) process.stderr.write(`seam: ${micros.toFixed(2)} us\n`);
  expect(micros).toBeLessThan(20); // some 1 us; the bound only catches another order of magnitude
});
