/** A central log in a process of its own, asked over IPC: `{n, records}` -> `{n, taken}` or `{n, busy}`. Meant to be killed. */
import { openSinkStore } from '../../src/sink/store/open.ts';
import type { Taken, WireRecord } from '../../src/sink/types.ts';

export interface Asked {
  readonly n: number;
  /** IPC is JSON: no bigint. */
  readonly records: readonly (Omit<WireRecord, 'timeUnixNano'> & {
    readonly timeUnixNano: undefined;
  })[];
}

export interface Answered {
  readonly n: number;
  readonly taken?: Taken;
  readonly busy?: string;
}

const store = openSinkStore({ root: process.argv[2] });
await store.ready();
process.on('message', ({ n, records }: Asked) => {
  store.takeRecords(records.map((record) => ({ ...record, timeUnixNano: 0n }))).then(
    (taken) => process.send?.({ n, taken } satisfies Answered),
    (error: unknown) => process.send?.({ n, busy: String(error) } satisfies Answered),
  );
});
process.send?.({ n: -1 } satisfies Answered);
