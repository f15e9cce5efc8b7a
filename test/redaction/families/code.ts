/** Source hosting, build services and package registries. */
import { crc32 } from 'node:zlib';
import type { Random } from '../random.ts';
import { type Family, table } from './family.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** GitHub and npm: 30 characters, then their CRC32 as 6 base62 digits. */
function withCrc(prefix: string): Family['make'] {
  return (random) => {
    const body = random.fill('{m30}');
    let rest = crc32(body);
    let sum = '';
    for (let i = 0; i < 6; i++) {
      sum = `${BASE62[rest % 62]}${sum}`;
      rest = Math.floor(rest / 62);
    }
    return { text: `${prefix}${body}${sum}`, publicLength: prefix.length };
  };
}

/** A signed token: three base64url parts with real JSON in the first two. */
export function jwt(random: Random, payload?: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [alg, signature] = random.pick([
    ['HS256', 43],
    ['RS256', 342],
    ['ES256', 86],
    ['EdDSA', 86],
  ] as const);
  const claims = payload ?? {
    sub: random.fill('{d10}'),
    iss: `https://${random.host()}`,
    iat: 1_700_000_000 + random.int(60_000_000),
    jti: random.fill('{x16}'),
  };
  return `${part({ alg, typ: 'JWT' })}.${part(claims)}.${random.fill(`{w${signature}}`)}`;
}

export const CODE: readonly Family[] = [
  { id: 'github-pat', make: withCrc('ghp_') },
  { id: 'github-oauth', make: withCrc('gho_') },
  { id: 'github-user-to-server', make: withCrc('ghu_') },
  { id: 'github-server-to-server', make: withCrc('ghs_') },
  {
    id: 'github-server-to-server-jwt',
    make: (random): { text: string; publicLength: number } => {
      const prefix = `ghs_${random.fill('{n7}')}_`;
      const claims = { iss: 'github', aud: random.host(), data: random.fill('{m220}') };
      return { text: prefix + jwt(random, claims), publicLength: prefix.length };
    },
  },
  { id: 'npm-token', make: withCrc('npm_') },
  ...table(`
    github-refresh ghr_{m76}
    github-fine-grained github_pat_{m22}_{m59}
    gitlab-pat glpat-{w20}
    gitlab-pat-routable glpat-{w27}.01.{l9} glpat-{w35}.1a.{l9}
    gitlab-deploy gldt-{w20}
    gitlab-runner glrt-{w20} glrt-t1_{w20}
    gitlab-runner-registration GR1348941{w20}
    gitlab-trigger glptt-{x40}
    gitlab-feed glft-{w20}
    gitlab-incoming-mail glimt-{w25}
    gitlab-agent glagent-{w50}
    gitlab-ci-job glcbt-{x2}_{w20} glcbt-64_{w20}
    gitlab-oauth-app gloas-{x64}
    gitlab-scim glsoat-{w20}
    gitlab-feature-flag glffct-{w20}
    bitbucket-app-password ATBB{m28}{X8}
    bitbucket-access ATCTT3xFfG{w170}={X8}
    atlassian-api ATATT3xFfGF0{w170}={X8}
    azure-devops-pat {m76}AZDO{m4}
    sourcegraph sgp_{x40} sgp_local_{x40} sgp_{x16}_{x40}
    circleci-pat CCIPAT_{m22}_{x40}
    circleci-project CCIPRJ_{m22}_{x40}
    buildkite-agent bkua_{x40}
    harness-pat pat.{w22}.{x24}.{m20}
    harness-sat sat.{w22}.{x24}.{m20}
    octopus-deploy API-{U26}
    pypi-upload pypi-AgEIcHlwaS5vcmc{w80-150}
    testpypi-upload pypi-AgENdGVzdC5weXBpLm9yZw{w80-150}
    rubygems rubygems_{x48}
    nuget oy2{l43}
    crates-io cio{m32}
    clojars CLOJARS_{l60}
    packagist packagist_ort_{x68} packagist_uut_{x68} packagist_out_{x68}
    dockerhub-pat dckr_pat_{w27}
    dockerhub-org dckr_oat_{w32}
    jfrog-api AKCp{m69}
    jfrog-reference cmVmdGtuOjAxO{m51}
    jfrog-identity cmVmdGtuOjEw{m52}
    sonarqube-user squ_{x40}
    sonarqube-project sqp_{x40}
    sonarqube-global sqa_{x40}
    snyk-pat snyk_uat.{x8}.{w60} snyk_sat.{x8}.{w60}
    vercel-blob vercel_blob_rw_{m16}_{m30}
    vercel-pat vcp_{m56}
    vercel-integration vci_{m56}
    vercel-app-access vca_{m56}
    netlify-pat nfp_{m36}
    netlify-oauth nfo_{m36}
    netlify-build nfb_{m36}
    deno-deploy ddp_{m36}
    deno-deploy-org ddo_{m36}
    fly-v1 fo1_{w43}
    fly-macaroon fm2_lJPECAAAAAAA{s180-260}
    render rnd_{m32}
    heroku HRKU-AA{w58} HRKU-{uuid}
    scalingo tk-us-{w48}
    postman-api PMAK-{x24}-{x34}
    postman-collection PMAT-{U26}
    stackhawk hawk.{w20}.{w20}
    readme-io rdme_{l70}
    infracost ico-{m32}
    terraform-cloud {m14}.atlasv1.{w64}
    pulumi pul-{x40}
    prefect-user pnu_{l36}
    depot depot_project_{x64} depot_org_{x64}
    chromatic chpt_{x15}
    launchdarkly-sdk sdk-{uuid}
    launchdarkly-api api-{uuid}
    statsig-server secret-{m43}
    configcat configcat-sdk-1/{w22}/{w22}
    unleash-client *:production.{x56} default:development.{x56}
    devcycle dvc_server_{x32}_{x7} dvc_mobile_{x32}_{x7}
    localstack ls-{m4}{m8}-{m4}-{m4}-{m4}-{m12}{x4}
    buf-token buf_{x64}
    linear-api lin_api_{m40}
    linear-oauth lin_oauth_{x64}
    plane-so plane_api_{x32}
  `),
];
