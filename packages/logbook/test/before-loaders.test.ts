/** Node.js before 24.21 ends a program that requires an ES module behind a loader: ours is loaded before (I8). */
import Module from 'node:module';
import { expect, test } from 'vitest';
import { beforeLoaders, loadsBeforeLoaders } from '../src/before-loaders.ts';

test('what is needed later is loaded once, right before the first loader, and its errors stay with us', () => {
  const original = Module.register;
  const calls: unknown[][] = [];
  Module.register = ((...args: unknown[]) => void calls.push(args)) as typeof original;
  const own = Module.register;
  let loads = 0;
  try {
    beforeLoaders(() => {
      expect(calls).toEqual([]);
      loads++;
      throw new Error('ours');
    });
    expect(loads).toBe(0);
    const kept = Module.register;
    kept('a', 'file:///b');
    kept('c');
    expect(Module.register).toBe(own);
    expect([loads, calls]).toEqual([1, [['a', 'file:///b'], ['c']]]);
  } finally {
    Module.register = original;
  }
});

test.each([
  ['22.15.0', true],
  ['24.0.0', true],
  ['24.21.0', false],
  ['26.12.1', false],
])('Node.js %s needs it: %s', (version, needed) => {
  expect(loadsBeforeLoaders(version)).toBe(needed);
});
