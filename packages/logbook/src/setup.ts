/**
 * What a process records with, as an entry of its log (audit.md 1): `config.changed`, action `start`, target `setup`, once
 * each time the log is opened. Settings that say what is recorded, hidden and kept stand there as they are; what may hold a
 * secret or a path (addresses, rules, the program's arguments) only as yes or no, or as a SHA-256.
 */
import type { RecordInput } from '@mcp-logbook/audit';
import { SCOPE_VERSION } from '@mcp-logbook/instrumentation/telemetry';
import { hash } from 'node:crypto';
import type { Config } from './config.ts';

/** The entry about a process that was set up so. The same set-up has the same digest, in any process. */
export function setupEntry(config: Config): RecordInput {
  const { mode, capture, captureSpans, sides, identity, trustProxy } = config;
  const { retentionDays, shippedDays, verifyEveryMs, sdkDisabled, redaction } = config;
  const setup = {
    version: SCOPE_VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    arguments: digestOf([process.execArgv, process.argv.slice(1)]),
    mode,
    capture,
    captureSpans,
    sides,
    identity,
    trustProxy,
    retentionDays,
    shippedDays,
    verifyEveryMs,
    rootSecret: sourceOf(config),
    fleetKey: config.pseudonymKeyFile !== undefined,
    checkpointCopy: config.checkpointCopy !== undefined,
    ships: config.ship !== undefined,
    alerts: config.alerts !== undefined,
    sdkDisabled,
    redaction: redaction === undefined ? undefined : digestOf(redaction.value),
  };
  return {
    kind: 'config.changed',
    action: 'start',
    target: 'setup',
    payload: { item: 'setup', digest: digestOf(setup), setup },
  };
}

function sourceOf({ keyCommand, passphraseFile, keyFile }: Config): string {
  if (keyCommand !== undefined) return 'command';
  if (passphraseFile !== undefined) return 'passphrase';
  return keyFile === undefined ? 'default' : 'file';
}

function digestOf(value: unknown): string {
  return `sha256:${hash('sha256', JSON.stringify(value) ?? '')}`;
}
