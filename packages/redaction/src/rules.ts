/**
 * The token families as data: literal prefixes, what may follow and how long. No regular expression in it.
 *
 * `min` counts the characters after the prefix; the longest run is taken, so formats may grow (GitHub's app tokens
 * did). `edge` asks for a boundary on the left: for prefixes that occur inside ordinary words. `mixed` asks for upper
 * case, lower case and a digit in the body: for prefixes that also start names. `keep` leaves the prefix in the text.
 * Sources: the issuers' documentation and public secret scanners. Checksums are not verified: a mistyped token is one.
 */
import {
  BASE62,
  BASE64,
  BASE64URL,
  type Charset,
  charset,
  DOTTED,
  HEX,
  PATH,
  UPPER_DIGITS,
} from './charset.ts';

/** One family. */
export interface TokenRule {
  readonly id: string;
  readonly prefixes: readonly string[];
  readonly set: Charset;
  readonly min: number;
  readonly edge?: boolean;
  readonly mixed?: boolean;
  readonly keep?: boolean;
  /** A character the body must hold. */
  readonly needs?: string;
}

/** Longest token taken in one piece: JWTs with many claims reach this. */
export const MAX_TOKEN = 16_384;

/** Version of the rule data; `Redactor.rules` adds a hash. */
export const RULES_VERSION = '1.0';

function rule(
  id: string,
  prefixes: string,
  set: Charset,
  min: number,
  more: Omit<TokenRule, 'id' | 'prefixes' | 'set' | 'min'> = {},
): TokenRule {
  return { id, prefixes: prefixes.split(' '), set, min, ...more };
}

const edge = { edge: true } as const;
const mixed = { edge: true, mixed: true } as const;
const keep = { keep: true } as const;

/** All families. The first rule that matches at a place wins, longer prefixes before shorter ones. */
export const TOKEN_RULES: readonly TokenRule[] = [
  rule('github-token', 'ghp_ gho_ ghu_ ghr_ ghs_', DOTTED, 20),
  rule('github-token', 'github_pat_', BASE64URL, 22),
  rule(
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glwt- GR1348941',
    DOTTED,
    16,
  ),
  rule('bitbucket-token', 'ATBB ATCTT3', BASE64, 24, edge),
  rule('atlassian-token', 'ATATT3 ATOA', BASE64, 50, edge),
  rule('openai-key', 'sk-proj- sk-svcacct- sk-admin- sk-None-', BASE64URL, 20),
  rule('anthropic-key', 'sk-ant-', BASE64URL, 20),
  rule('openrouter-key', 'sk-or-v1- sk-or-', BASE64URL, 32),
  rule('langsmith-key', 'lsv2_pt_ lsv2_sk_ ls__', BASE64URL, 32),
  rule('langfuse-key', 'sk-lf-', BASE64URL, 20),
  rule('sk-key', 'sk-', BASE64URL, 20, mixed),
  rule('sk-key', 'sk_', BASE64URL, 24, mixed),
  rule('aws-access-key', 'AKIA ASIA ABIA ACCA', UPPER_DIGITS, 16, edge),
  rule('aws-bedrock-key', 'ABSK', BASE64, 100, edge),
  rule('aws-bedrock-key', 'bedrock-api-key-', BASE64, 40),
  rule(
    'slack-token',
    'xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd- xoxe- xoxe.xoxp- xoxe.xoxb- xapp-',
    DOTTED,
    16,
  ),
  rule(
    'slack-webhook',
    'hooks.slack.com/services/ hooks.slack.com/workflows/ hooks.slack.com/triggers/',
    PATH,
    20,
    keep,
  ),
  rule('discord-webhook', 'discord.com/api/webhooks/ discordapp.com/api/webhooks/', PATH, 40, keep),
  rule('teams-webhook', 'webhook.office.com/webhookb2/', charset('A-Za-z0-9_/@-'), 40, keep),
  rule('stripe-key', 'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_', BASE62, 10),
  rule('stripe-webhook-secret', 'whsec_', BASE64, 20),
  rule('npm-token', 'npm_', BASE62, 30),
  rule('pypi-token', 'pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBpLm9yZw', BASE64URL, 20),
  rule('rubygems-key', 'rubygems_', HEX, 40),
  rule('crates-token', 'cio', BASE62, 32, { edge: true, mixed: true }),
  rule('nuget-key', 'oy2', charset('a-z0-9'), 43, edge),
  rule('docker-token', 'dckr_pat_ dckr_oat_', BASE64URL, 20),
  rule('google-api-key', 'AIza', BASE64URL, 33, edge),
  rule('google-oauth-token', 'ya29.', DOTTED, 20),
  rule('google-refresh-token', '1//0', BASE64URL, 30, edge),
  rule('google-client-secret', 'GOCSPX-', BASE64URL, 20),
  rule('sendgrid-key', 'SG.', DOTTED, 40, mixed),
  rule('sendinblue-key', 'xkeysib- xsmtpsib-', BASE64URL, 32),
  rule('mailgun-key', 'key-', HEX, 32, edge),
  rule('twilio-key', 'SK', HEX, 32, edge),
  rule('huggingface-token', 'hf_ api_org_', BASE62, 30),
  rule('replicate-token', 'r8_', BASE62, 30, edge),
  rule('groq-key', 'gsk_', BASE62, 30),
  rule('xai-key', 'xai-', BASE62, 40),
  rule('perplexity-key', 'pplx-', BASE62, 30),
  rule('nvidia-key', 'nvapi-', BASE64URL, 40),
  rule('fireworks-key', 'fw_', BASE62, 20, mixed),
  rule('tavily-key', 'tvly-', BASE64URL, 20),
  rule('firecrawl-key', 'fc-', HEX, 32, edge),
  rule('exa-key', 'exa_', BASE64URL, 24, mixed),
  rule('e2b-key', 'e2b_', HEX, 40),
  rule('pinecone-key', 'pcsk_', BASE64URL, 40),
  rule('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', HEX, 40),
  rule('heroku-key', 'HRKU-', BASE64URL, 30),
  rule('fly-token', 'FlyV1_ fm1r_ fm2_ fo1_', BASE64, 30),
  rule('vercel-token', 'vcp_ vck_ vci_ vca_ vcr_', BASE62, 20),
  rule('netlify-token', 'nfp_ nfc_ nfo_ nfu_', BASE64URL, 30),
  rule('cloudflare-token', 'v1.0-', BASE64URL, 60, edge),
  rule('cloudflare-token', 'cfut_ cfat_ cfk_', BASE64URL, 30),
  rule('supabase-key', 'sbp_ sb_secret_', BASE64URL, 20),
  rule('planetscale-token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', DOTTED, 20),
  rule('neon-key', 'napi_', BASE62, 40),
  rule('databricks-token', 'dapi', HEX, 32, edge),
  rule('snyk-token', 'snyk_uat. snyk_sat.', DOTTED, 20),
  rule('sonarqube-token', 'squ_ sqp_ sqa_', HEX, 40),
  rule('sentry-token', 'sntrys_ sntryu_', BASE64, 40),
  rule('datadog-token', 'ddapp_ ddpat_', BASE62, 30),
  rule('newrelic-key', 'NRAK- NRJS- NRII- NRAL-', BASE64URL, 20),
  rule('grafana-token', 'glsa_ glc_', BASE64, 30),
  rule('grafana-token', 'eyJrIjoi', BASE64, 40),
  rule('honeycomb-key', 'hcaik_ hcamk_ hcbik_', BASE62, 30),
  rule('posthog-key', 'phx_', BASE62, 30),
  rule('dynatrace-token', 'dt0c01. dt0s01. dt0s02. dt0s16.', DOTTED, 40),
  rule('hashicorp-vault-token', 'hvs. hvb. hvr.', BASE64URL, 24),
  rule('terraform-token', 'atlasv1.', BASE64, 40),
  rule('pulumi-token', 'pul-', HEX, 40, edge),
  rule('doppler-token', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', DOTTED, 30),
  rule('infisical-token', 'st.', DOTTED, 60, mixed),
  rule('onepassword-token', 'ops_eyJ', BASE64, 40),
  rule('onepassword-key', 'A3-', charset('A-Z0-9-'), 30, edge),
  rule('age-secret-key', 'AGE-SECRET-KEY-1', UPPER_DIGITS, 50),
  rule('linear-key', 'lin_api_ lin_oauth_', BASE62, 30),
  rule('notion-token', 'ntn_', BASE62, 30),
  rule('notion-token', 'secret_', BASE62, 40, mixed),
  rule('figma-token', 'figd_ figo_ figu_', BASE64URL, 20),
  rule('airtable-token', 'pat', DOTTED, 60, { edge: true, mixed: true, needs: '.' }),
  rule('asana-token', '1/1 2/1', charset('0-9:/a-f'), 30, { edge: true, needs: ':' }),
  rule('shopify-token', 'shpat_ shpca_ shppa_ shpss_ shpua_', BASE62, 24),
  rule('square-token', 'sq0atp- sq0csp- sq0idp- EAAAE', BASE64URL, 20),
  rule('facebook-token', 'EAAC EAAB EAAD EAAG EAAM', BASE62, 60, edge),
  rule('instagram-token', 'IGQV IGAA', BASE62, 60, edge),
  rule('postman-key', 'PMAK-', BASE64URL, 40),
  rule('contentful-token', 'CFPAT-', BASE64URL, 30),
  rule('readme-key', 'rdme_', BASE62, 40),
  rule('typeform-token', 'tfp_', BASE64URL, 40),
  rule('easypost-key', 'EZAK EZTK', BASE62, 40, edge),
  rule('duffel-token', 'duffel_live_ duffel_test_', BASE64URL, 30),
  rule('flutterwave-key', 'FLWSECK_TEST- FLWSECK-', BASE64URL, 12),
  rule('razorpay-key', 'rzp_live_ rzp_test_', BASE62, 14),
  rule('plaid-token', 'access-production- access-sandbox- access-development-', BASE64URL, 30),
  rule('paypal-token', 'access_token$production$ access_token$sandbox$', charset('a-z0-9$'), 30),
  rule('adobe-secret', 'p8e-', BASE64URL, 30),
  rule('alibaba-key', 'LTAI', BASE62, 16, mixed),
  rule('tencent-key', 'AKID', BASE62, 30, mixed),
  rule('prefect-key', 'pnu_ pnb_', BASE62, 30),
  rule('buildkite-token', 'bkua_ bkat_ bkct_', BASE62, 30),
  rule('circleci-token', 'CCIPAT_ CCIPRJ_', BASE64URL, 30),
  rule('artifactory-token', 'AKCp', BASE62, 60, edge),
  rule('artifactory-token', 'cmVmdGtu', BASE62, 50, edge),
  rule('sourcegraph-token', 'sgp_ sgd_ slk_', charset('a-z0-9_'), 40),
  rule('clojars-token', 'CLOJARS_', BASE62, 50),
  rule('scaleway-key', 'SCW', UPPER_DIGITS, 17, edge),
  rule('mapbox-secret', 'sk.eyJ', DOTTED, 40),
  { id: 'okta-token', prefixes: ['SSWS '], set: BASE64URL, min: 30 },
  rule('telegram-bot-token', 'api.telegram.org/bot', charset('A-Za-z0-9_:-'), 30, keep),
  rule('tailscale-key', 'tskey-', BASE64URL, 16),
  rule('ngrok-key', 'ngrok_ ak_', BASE62, 40, mixed),
  rule('resend-key', 're_', BASE64URL, 30, mixed),
  rule('loops-key', 'lops_', BASE62, 20),
  rule('clerk-key', 'ak_live_', BASE62, 20),
  rule('jwt', 'eyJ', charset('A-Za-z0-9_.=-'), 24, { edge: true, needs: '.' }),
];
