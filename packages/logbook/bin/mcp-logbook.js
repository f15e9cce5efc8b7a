#!/usr/bin/env node
// The commands need what Node.js 22.15 has; an older one would fail at the first import, and say so of the wrong thing.
import Module from 'node:module';

if (typeof Module.registerHooks === 'function') await import('#cli');
else {
  const what = 'Bun' in globalThis ? 'Bun' : `Node.js ${process.version}`;
  process.stderr.write(`mcp-logbook: error: Node.js 22.15 or newer is needed, this is ${what}\n`);
  process.stderr.write(
    'mcp-logbook: hint: start servers with it too, or what the flag loads stands down\n',
  );
  process.exitCode = process.argv[2] === 'doctor' ? 1 : 3;
}
