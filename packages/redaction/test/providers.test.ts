/** What the name of a provider alone announces. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (text: string): unknown => createRedactor().redact(text).value;
const VALUE = 'k3Jd93kdPq02mZx81LqWb7Rt5Yv2';

describe('goes', () => {
  test.each([
    `Use this for Cloudflare: ${VALUE}. The zone is x.example`,
    `# fastly: ${VALUE}`,
    `{"output":"# fastly: ${VALUE}\\nlog: x"}`,
    `Etherscan: ${VALUE.toUpperCase()}`,
    `the one for PagerDuty is ${VALUE}`,
    `Datadog (eu1)? no, Twilio's - "${VALUE}"`,
  ])('%s', (text) => {
    const value = text.includes(VALUE) ? VALUE : VALUE.toUpperCase();
    expect(redact(text)).toBe(text.replace(value, '[REDACTED:context-secret]'));
  });
});

describe('stays', () => {
  test.each([
    `Google Sheet: ${VALUE}`,
    `Slack message id: ${VALUE}`,
    `Stripe: pi_${VALUE}`,
    `GitHub: https://github.com/x/${VALUE}`,
    'Docker: 3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c',
    `Cloudflare said hello. The file is ${VALUE}`,
    `Notes: ${VALUE}`,
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
