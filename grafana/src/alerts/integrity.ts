/**
 * Alerts on verification, anchors and erasure. Questions 20, 26. The sink verifies its log while it writes (audit.md 7);
 * anchors where it is told of any, and counts what is erased.
 */
import { grown } from '../queries/grown.ts';
import type { AlertBody, Clock } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

/** All of them. */
export function integrityAlerts(t: Clock): readonly AlertBody[] {
  const { verifyFailures, verifyAge, anchorAge, erasure } = THRESHOLDS;
  const window = t(verifyFailures.window);
  const origin = 'mcp_logbook_log_origin';
  const erasures = (states: string): string =>
    `mcp_logbook_erasures_total{mcp_logbook_erasure_state=~"${states}"}`;
  const asked = `sum by (job) (increase(${erasures('requested')}[${t(erasure.looked)}] offset ${t(erasure.allowed)}))`;
  const ended = `sum by (job) (increase(${erasures('completed|denied')}[${t(erasure.looked)}]))`;
  return [
    {
      name: 'VerifyFailed',
      source: 'prometheus',
      question: 20,
      severity: 'critical',
      query: grown('mcp_logbook_verify_failures_total', window, [origin]),
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: 'Verification of {mcp_logbook_log_origin} failed',
      description: `{value} checks of the log {mcp_logbook_log_origin} failed within ${window}: bytes that were signed have changed, or the log is shorter than it was.`,
    },
    {
      name: 'IntegrityEvent',
      source: 'loki',
      question: 20,
      severity: 'critical',
      query: `sum by (service_name, ${origin}, mcp_logbook_integrity_check) (count_over_time({mcp_logbook_log_class=~".+"} | mcp_logbook_integrity_check!="" [${window}]))`,
      op: '>',
      threshold: 0,
      for: '0s',
      range: window,
      summary: '{service_name} reports: {mcp_logbook_integrity_check}',
      description: `{service_name} found {value} times within ${window} that its log {mcp_logbook_log_origin} is not what it was ({mcp_logbook_integrity_check}). If it found this when it opened the log, it appends nothing until somebody decides.`,
    },
    {
      name: 'VerifyOverdue',
      source: 'prometheus',
      question: 20,
      severity: 'warning',
      query: `max by (${origin}) (mcp_logbook_verify_age_seconds)`,
      op: '>',
      threshold: verifyAge.seconds,
      for: '0s',
      range: '5m',
      summary: '{mcp_logbook_log_origin} was last verified {value:duration} ago',
      description: `Nobody has verified {mcp_logbook_log_origin} for {value:duration} (limit ${verifyAge.seconds / 3600} h): a change would go unseen.`,
    },
    {
      name: 'AnchorStale',
      source: 'prometheus',
      question: 20,
      severity: 'warning',
      query: `max by (${origin}) (mcp_logbook_anchor_age_seconds)`,
      op: '>',
      threshold: anchorAge.seconds,
      for: '0s',
      range: '5m',
      summary: 'The newest anchor of {mcp_logbook_log_origin} is {value:duration} old',
      description: `The last checkpoint of {mcp_logbook_log_origin} that is kept elsewhere is {value:duration} old (limit ${anchorAge.seconds / 3600} h). What came after it could be cut off unseen.`,
    },
    {
      name: 'ErasureOverdue',
      source: 'prometheus',
      question: 26,
      severity: 'warning',
      query: `${asked} - (${ended} or ${asked} * 0)`,
      op: '>',
      threshold: 0.5,
      for: '0s',
      range: t(erasure.looked),
      summary: '{value} requests for erasure are overdue',
      description: `{value} requests for erasure are older than ${t(erasure.allowed)} and have been neither carried out nor denied.`,
    },
  ];
}
