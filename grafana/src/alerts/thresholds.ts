/**
 * Every limit of every alert, in one place, with its reason. Change it here and run `npm run generate`: rules, rule tests
 * and descriptions follow. Ratios are 0 to 1, times in seconds unless they are durations, sizes in bytes.
 */
export const THRESHOLDS = {
  /** Calls. A tool that answers one in twenty calls with an error is broken for its users. */
  toolErrors: { ratio: 0.05, leastCalls: 20, window: '10m', for: '5m' },
  /** A whole server failing every fourth request is an outage, not a bad tool. */
  serverErrors: { ratio: 0.25, leastCalls: 50, window: '5m', for: '2m' },
  /** People wait for tools inside a conversation: beyond 5 s the answer feels lost. A bucket bound of the conventions. */
  toolLatency: { p95Seconds: 5, leastCalls: 20, window: '10m', for: '10m' },
  /** -32603 is "internal error": never the caller's fault, so a handful is already a defect. */
  internalErrors: { count: 5, window: '5m' },
  /** A Node server that has 50 calls open for five minutes is waiting for something that does not answer. */
  activeCalls: { count: 50, for: '5m' },
  /** Connections refused at the handshake: a client roll-out with a version the server does not speak. */
  rejectedSessions: { count: 5, window: '10m' },
  /** Protocol versions that no longer get fixes; a client that still speaks one should be moved. */
  removedProtocols: { pattern: '2024-11-05|2024-10-07', window: '1h' },
  /** Results above 1 MiB fill a model's context and are usually a missing page size. A bucket bound. */
  resultSize: { p99Bytes: 1_048_576, leastCalls: 20, window: '30m', for: '10m' },
  /** What one tool may send back in an hour: 256 MiB is some 60 million tokens. */
  contextBudget: { bytes: 268_435_456, window: '1h' },
  /** Above 100 ms every other answer of the process waits too. */
  eventLoop: { p99Seconds: 0.1, for: '5m' },
  /** HTTP servers export once a minute. Stdio servers come and go with their clients and are not expected. */
  serverSilent: { seenWithin: '1d', silentFor: '10m', for: '5m' },

  /** People. Somebody who fails twenty times in five minutes is stuck or is trying things. */
  failuresOfPerson: { count: 20, window: '5m' },
  /** Two calls a second for five minutes, over all servers: an agent in a loop. */
  callsOfPerson: { count: 600, window: '5m' },
  /** Refused bearer tokens: a client with an expired token tries a few times, a guesser many. */
  refusedTokens: { count: 20, window: '5m' },
  refusedTokensOfAddress: { count: 10, window: '5m' },
  /** Refused scopes of one person: feeling for the edges of what is allowed. */
  refusedScopes: { count: 10, window: '10m' },
  /** A success right after this many refusals from one address: a guess may have worked. */
  successAfterFailures: { refusals: 10, refusedWithin: '30m', succeededWithin: '5m' },
  /** A person who never used this destructive tool within the memory. */
  destructiveFirstUse: { window: '10m', memory: '7d' },
  toolDefinition: { window: '10m' },
  /** Resources nobody should read through an MCP server without a reason. RE2. */
  sensitiveResources: {
    pattern:
      '(?i).*(/etc/(passwd|shadow)|\\.ssh/|id_rsa|id_ed25519|\\.env|\\.aws/|credential|secret).*',
    window: '5m',
  },

  /** Redaction. One secret behind our redaction is one too many. */
  secretFound: { window: '10m' },
  /** Ten times the usual of the day before, and not a few. */
  redactionRise: { factor: 10, least: 100, window: '15m', usual: '1d' },
  /** Nothing removed while calls go on, where a hundred values a day were usual: rules or redactor are off. */
  redactionStop: { usualPerDay: 100, usual: '1d', window: '2h', leastCalls: 200 },
  redactionIncident: { window: '10m' },

  /** Audit path: any loss counts, so windows only decide how long an alert stays up. */
  auditLoss: { window: '15m' },
  auditQueue: { ratio: 0.5, for: '10m' },
  /** The sink writes its heartbeat every few seconds; two minutes is a sink that is gone. */
  auditSilent: { seconds: 120, memory: '1h' },
  /** Event time to signed time. The shipper sends within a second; a minute means that something is in its way. */
  auditLag: { seconds: 60, for: '2m', window: '5m' },
  /** A gap may close by itself while records overtake each other. */
  auditGap: { for: '1m' },
  auditConflict: { window: '15m' },
  auditRefusals: { count: 50, window: '5m', for: '5m' },
  auditUnauthorized: { count: 5, window: '5m' },
  /** The sink's aim is p99 under 50 ms; at one second its disk is the problem. */
  auditAck: { p99Seconds: 1, window: '10m', for: '5m' },

  /** Verification: new data within a minute, so two hours without one is a verifier that does not run. */
  verifyAge: { seconds: 7_200 },
  /** Anchors are checked hourly. */
  anchorAge: { seconds: 14_400 },
  verifyFailures: { window: '1h' },
  /** The law gives a month, we give three days of it before somebody is told. */
  erasure: { allowed: '3d', looked: '28d' },

  /** Pipeline. */
  down: { for: '1m' },
  restarted: { window: '10m' },
  telemetryLoss: { count: 0, window: '15m' },
  exportQueue: { ratio: 0.8, for: '10m' },
  /** Days until a file system is full, from its growth over six hours. */
  diskDays: { days: 7, growth: '6h', for: '30m' },
  diskFree: { ratio: 0.1, for: '5m' },
} as const;
