/**
 * The part of the demo before anything is shown: starts the receiver, the shop and the driver, lets them work and end,
 * and hands over all that was left behind. Nothing is judged here.
 */
import type { Plan, Report, Secrets, Shopper } from './plan.ts';
import { registerFile, serverProgram } from './programs.ts';
import { startUnderFlag } from './processes.ts';
import { Receiver } from './receiver.ts';
import { newSecrets, newToken } from './secrets.ts';

/** Folders and files of one run. */
export interface Folders {
  /** Root of the logbook: MCP_LOGBOOK_DIR. */
  readonly logs: string;
  /** What server-filesystem may touch. */
  readonly work: string;
  /** A copy of the logbook, to be changed. */
  readonly copy: string;
  /** A file outside of `work`. */
  readonly forbidden: string;
}

/** All that one run left behind. */
export interface Evidence {
  readonly folders: Folders;
  readonly report: Report;
  readonly receiver: Receiver;
  readonly secrets: Secrets;
  readonly shoppers: readonly Shopper[];
  readonly wrongToken: string;
  /** stdout and stderr of the programs under the flag, but for the protocol itself. */
  readonly output: string;
  /** Exit codes of shop and driver. */
  readonly exits: readonly number[];
}

/**
 * Runs the servers and the client to their end.
 * @throws Error when one of them failed
 */
export async function gather(folders: Folders): Promise<Evidence> {
  const receiver = await Receiver.start();
  try {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folders.work,
      MCP_LOGBOOK_DIR: folders.logs,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    };
    const shoppers = ['ada', 'grace', 'linus'].map((name) => ({ name, token: newToken() }));
    const shop = await startUnderFlag(
      'shop',
      { shoppers },
      { ...env, OTEL_SERVICE_NAME: 'demo-shop' },
    );
    const plan: Plan = {
      registerFile: registerFile(),
      everything: serverProgram('@modelcontextprotocol/server-everything'),
      filesystem: serverProgram('@modelcontextprotocol/server-filesystem'),
      work: folders.work,
      forbidden: folders.forbidden,
      shopUrl: `http://127.0.0.1:${Number(shop.answer['port'])}/mcp`,
      shoppers,
      wrongToken: newToken(),
      secrets: newSecrets(),
      env,
    };
    const driver = await startUnderFlag('driver', plan, { ...env, OTEL_SERVICE_NAME: 'demo-app' });
    const exits = [await driver.ended(), await shop.stop()];
    const { problem } = driver.answer;
    if (typeof problem === 'string') throw new Error(problem);
    // The driver is our own program and answers with a `Report` or a problem.
    const report = driver.answer['report'] as Report;
    return {
      folders,
      report,
      receiver,
      secrets: plan.secrets,
      shoppers,
      wrongToken: plan.wrongToken,
      output: `${driver.output()}${shop.output()}${report.stderr}`,
      exits,
    };
  } finally {
    await receiver.stop();
  }
}
