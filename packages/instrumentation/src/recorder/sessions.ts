/** Sessions: which are open, since when; their event, metrics and entries (semconv 1.6, 7.4). */
import type { Connection, Side } from '../exchange.ts';
import type { ConnectionView } from '../telemetry/record.ts';
import type { Shared } from './shared.ts';
import type { Views } from './view.ts';

interface OpenSession {
  readonly view: ConnectionView;
  readonly sinceMicros: number;
}

/** See the file's header. A session opens once and closes once; a stateless peer has none. */
export class Sessions {
  readonly #shared: Shared;
  readonly #views: Views;
  readonly #isEntered: (role: Side) => boolean;
  readonly #open = new Map<Connection, OpenSession>();

  constructor(shared: Shared, views: Views, isEntered: (role: Side) => boolean) {
    this.#shared = shared;
    this.#views = views;
    this.#isEntered = isEntered;
  }

  change(connection: Connection, state: 'opened' | 'closed', errorType?: string): void {
    if (state === 'opened') {
      if (connection.stateless === true || this.#open.has(connection)) return;
      const { view } = this.#views.of(connection);
      const sinceMicros = this.#shared.now();
      this.#open.set(connection, { view, sinceMicros });
      this.#record(connection, 'opened', view, sinceMicros, undefined, undefined);
      return;
    }
    const session = this.#open.get(connection);
    if (session === undefined) return;
    this.#open.delete(connection);
    const now = this.#shared.now();
    this.#record(
      connection,
      'closed',
      session.view,
      now,
      Math.max(0, now - session.sinceMicros),
      errorType,
    );
  }

  /** Closes what is still open: the process ends. */
  closeAll(): void {
    for (const connection of this.#open.keys()) this.change(connection, 'closed');
  }

  #record(
    connection: Connection,
    state: 'opened' | 'closed',
    view: ConnectionView,
    timeMicros: number,
    durationMicros: number | undefined,
    errorType: string | undefined,
  ): void {
    const { audit, backend, guard, ids, scrub } = this.#shared;
    const entered = this.#isEntered(connection.role);
    const id = ids.uuidV7(Math.floor(timeMicros / 1000));
    const members = this.#views.of(connection).payload;
    const written =
      entered &&
      audit !== undefined &&
      guard('log', false, () =>
        audit.append({
          id,
          timeMicros,
          kind: state === 'opened' ? 'session.opened' : 'session.closed',
          action: state === 'opened' ? 'open' : 'close',
          outcome: errorType === undefined ? 'success' : 'failure',
          side: connection.role,
          ...(durationMicros !== undefined && { durationMicros }),
          ...(errorType !== undefined && { error: errorType }),
          rules: scrub.rules,
          payload: `{${members}}`,
        }),
      );
    guard('session', undefined, () =>
      backend.session({
        state,
        connection: view,
        timeMicros,
        durationMicros,
        errorType,
        entryId: written ? id : undefined,
        entered,
      }),
    );
  }
}
