export { openLogbook, type Logbook, type LogbookOptions } from './logbook.ts';
export type { AuditEntry, LogMode, RecordInput } from './entry.ts';
export type { DropReason, LogbookObserver } from './observer.ts';
export { defaultRoot } from './default-root.ts';
export { LogbookError, type LogbookErrorCode } from './errors.ts';
export { uuidV7 } from './id.ts';
export { parseLeaf, type Leaf, type LeafOutcome } from './leaf.ts';
export {
  verifyLog,
  type AnchorReport,
  type ProblemCode,
  type VerifyCounts,
  type VerifyProgress,
  type VerifyOptions,
  type VerifyProblem,
  type VerifyReport,
} from './verify.ts';
export { checkProof, prove, type ProofReport, type ProveOptions } from './prove.ts';
export { anchorLog, type AnchorLogOptions, type AnchorLogReport } from './anchor-log.ts';
export type { Witness } from './witness.ts';
export { readAnchors, type Anchor, type AnchorOptions } from './anchors.ts';
export { LogWatch, type WatchProblem, type WatchSlice, type WatchStep } from './watch.ts';
export type { KeyAccess } from './access.ts';
export { query, type QueryFilter, type QueryRow } from './query.ts';
export {
  openReader,
  type LogSummary,
  type NewEntries,
  type Reader,
  type ReaderCursor,
  type ReaderOptions,
  type RowsOptions,
} from './reader.ts';
export type { SinkHttpObserver as SinkObserver, SinkLimits } from './sink/http/types.ts';
export { createShipper } from './ship/create.ts';
export type { Shipper, ShipperOptions, ShipSummary } from './ship/shipper.ts';
export type { ShipObserver } from './ship/log-shipper.ts';
export { createSink, sinkRecipient, type SinkKeys, type SinkOptions } from './sink/index.ts';
export type { Sink } from './sink/http/sink.ts';
export {
  erase,
  setHold,
  telemetryNames,
  type EraseOptions,
  type HoldOptions,
  type TelemetryNames,
} from './erase.ts';
export { certificatesOf } from './certificate.ts';
export type { ErasureResult } from './erasure.ts';
export type { HoldResult } from './requests.ts';
export type { AdminAnswer, AdminCommand, AdminEnd, AdminError } from './sink/admin/command.ts';
export type { CommandOptions, LogEnd } from './in-logs.ts';
export { exportLog, type ExportOptions, type ExportReport } from './export.ts';
export { EXPORT_FORMATS, type ExportFormat, type ExportNoted } from './export-entry.ts';
export { planRetention, retain, type RetainOptions, type RetentionPlan } from './retain.ts';
export type { Pruned } from './prune.ts';
export type { Retained } from './retention.ts';
export { rotateKeys, type RotateOptions, type Rotation } from './keys-rotate.ts';
export { rotateRoot, type RotateRootOptions } from './root-rotation.ts';
export { showKeys, type KeysReport, type LogKeysReport } from './keys-report.ts';
export {
  backupKeys,
  renewBackup,
  restoreKeys,
  type BackedUpLog,
  type BackupOptions,
  type RenewedBackup,
  type RestoredLog,
} from './keys-backup.ts';
