/** All proofs of PromQL alerts. A test asks that every such alert has one. */
import { auditProofs } from './audit.ts';
import { callProofs } from './calls.ts';
import type { Proof } from './model.ts';
import { integrityProofs, pipelineProofs } from './pipeline.ts';
import { redactionProofs } from './redaction.ts';

export { STEPS, type Proof, type Series } from './model.ts';

/** See the file's header. */
export const PROOFS: readonly Proof[] = [
  ...callProofs,
  ...redactionProofs,
  ...auditProofs,
  ...integrityProofs,
  ...pipelineProofs,
];
