/** Proofs of the alerts on redaction. */
import { COLLECTOR } from '../collector-names.ts';
import { born, counter, counting, seldom, series, steadily, type Proof } from './model.ts';

const SERVER = { deployment_environment_name: 'production', service_name: 'shop' } as const;
const CALLS = 'mcp_server_operation_duration_seconds_count';
const REDACTIONS = 'mcp_logbook_redactions_total';
const INCIDENTS = 'mcp_logbook_redaction_incidents_total';
const PROCESS = { ...SERVER, instance: 'a', job: 'shop' } as const;
/** A day and an hour of the usual. */
const LONG = 1500;

/** All of them. */
export const redactionProofs: readonly Proof[] = [
  {
    alert: 'SecretFoundByCollector',
    quiet: [[series(COLLECTOR.secretsFound, PROCESS, steadily(0))]],
    loud: [series(COLLECTOR.secretsFound, PROCESS, born(2))],
    fires: 45,
    labels: { service_name: 'shop' },
    value: '2',
  },
  {
    alert: 'RedactionsRising',
    quiet: [
      [series(REDACTIONS, PROCESS, counter([1, LONG], [5, 20], [1, 60]))],
      // Twenty times the usual, but a few values only.
      [series(REDACTIONS, PROCESS, counter(...seldom(LONG), [1, 20], ...seldom(60)))],
    ],
    loud: [series(REDACTIONS, PROCESS, counter([1, LONG], [20, 20], [1, 60]))],
    before: LONG - 1,
    fires: LONG + 15,
    clears: LONG + 75,
    labels: SERVER,
    value: '20',
  },
  {
    alert: 'RedactionsStopped',
    quiet: [
      // Nobody calls, so there is nothing to redact.
      [
        series(REDACTIONS, PROCESS, counter([1, LONG], [0, 200])),
        series(CALLS, PROCESS, counter([5, LONG], [0, 200])),
      ],
      // Few were usual.
      [
        series(REDACTIONS, PROCESS, counter(...seldom(LONG), [0, 200])),
        series(CALLS, PROCESS, counter([5, LONG + 200])),
      ],
    ],
    loud: [
      series(REDACTIONS, PROCESS, counter([1, LONG], [0, 200], [1, 60])),
      series(CALLS, PROCESS, counter([5, LONG + 260])),
    ],
    before: LONG - 1,
    fires: LONG + 150,
    clears: LONG + 255,
    labels: SERVER,
    value: '1409',
  },
  {
    alert: 'RedactionIncident',
    quiet: [
      [
        series(
          INCIDENTS,
          { ...PROCESS, mcp_logbook_redaction_incident: 'truncated' },
          counting(0, 5),
        ),
      ],
    ],
    loud: [series(INCIDENTS, { ...PROCESS, mcp_logbook_redaction_incident: 'failed' }, born(1))],
    fires: 45,
    labels: { ...SERVER, mcp_logbook_redaction_incident: 'failed' },
    value: '1',
  },
];
