/** Threads of our own (export, alerts), told from those that a program starts: an SDK may be loaded only in the latter. */
let isOurs = false;

/** Starts a thread of our own, which ends by other means than the program's. */
export function startOwn<T>(start: () => T): T {
  isOurs = true;
  try {
    return start();
  } finally {
    isOurs = false;
  }
}

/** Whether the thread that is just being started (`node:diagnostics_channel`, `worker_threads`) is ours. */
export function isOwn(): boolean {
  return isOurs;
}
