/** Stopping: nothing acknowledged is lost, nothing new is taken, nobody can hold it up (I3). */
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { openDoor, send } from './harness.ts';

test('a stop under load: every request is answered 200 and stored, or refused with 503, or never connected', async () => {
  const door = await openDoor();
  const { port, store } = door;
  // Each record takes a while to be durable.
  store.before = () => new Promise((resolve) => setTimeout(resolve, 5));
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const acknowledged: string[] = [];
  const others = new Set<number | string>();
  let stop = false;
  const senders = Array.from({ length: 20 }, async (_, sender) => {
    for (let n = 0; !stop; n += 1) {
      const id = `id-${sender}-${n}`;
      try {
        const { status } = await send(port, { body: id, agent });
        if (status === 200) acknowledged.push(id);
        else others.add(status);
      } catch (error) {
        others.add(String((error as { code?: unknown }).code));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  });
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(200), { timeout: 30_000 });
  await door.close();
  const storedAtClose = new Set(store.lines);
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop = true;
  await Promise.all(senders);
  agent.destroy();
  expect(acknowledged.filter((id) => !storedAtClose.has(id))).toEqual([]);
  expect([...others].filter((other) => other !== 503 && typeof other === 'number')).toEqual([]);
  expect(store.lines.length).toBe(storedAtClose.size);
});

test('a sender that never finishes holds a stop up for no longer than its limit', async () => {
  const door = await openDoor({ limits: { closeTimeoutMs: 200 } });
  const socket = connect(door.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const started = performance.now();
  await door.close();
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(door.store.lines).toEqual([]);
  socket.destroy();
});

test('what was being stored when its sender left is still stored before the stop is done', async () => {
  const door = await openDoor();
  let release = (): void => undefined;
  let waiting = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  door.store.before = () =>
    new Promise((resolve) => {
      release = resolve;
      waiting();
    });
  const socket = connect(door.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 3\r\n\r\nabc',
  );
  await reached;
  socket.destroy();
  let closed = false;
  const closing = door.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(closed).toBe(false);
  release();
  await closing;
  expect(door.store.lines).toEqual(['abc']);
});

test('an address that is taken is told with what to do', async () => {
  const door = await openDoor();
  await expect(openDoor({ port: door.port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${door.port}: EADDRINUSE`,
  );
  await door.close();
});
