/** Clouds, infrastructure, secret stores and networks. */
import { type Family, table } from './family.ts';

export const CLOUD: readonly Family[] = table(`
  aws-access-key AKIA{b16}
  aws-temporary-key ASIA{b16}
  aws-bedrock-key ABSKQmVkcm9ja0FQSUtleS{s110}=
  aws-session-token IQoJb3JpZ2luX2VjE{s300-420}
  aws-mws amzn.mws.{uuid}
  amazon-oauth-secret amzn1.oa2-cs.v1.{x64}
  amazon-lwa-refresh Atzr|IwEBI{w280}
  amazon-lwa-access Atza|IwEBI{w280}
  google-api-key AIza{w35}
  google-oauth-access ya29.{w130-180} ya29.a0A{w160}
  google-oauth-secret GOCSPX-{w28}
  google-refresh 1//0{w80-100}
  google-gemini-auth AQ.Ab8RN6{w44}
  azure-ad-secret {m3}8Q~{w34} {m3}7Q~{w31}
  azure-storage-key AccountKey={s86}==
  azure-search {m42}AzSe{m6}
  azure-function {m42}AzFu{m6}==
  azure-cosmos {m74}ACDb{m6}==
  azure-servicebus {s33}+ASb{s6}=
  azure-eventhub {s33}+AEh{s6}=
  azure-container-registry {m42}+ACR{b6}
  azure-redis {m33}AzCa{m6}=
  azure-batch {s76}+ABa{m6}==
  azure-openai-jqq {m52}JQQJ99B{U1}AC{m22}
  azure-sas sv=2024-11-04&ss=b&srt=sco&sp=rl&se=2027-01-01T00:00:00Z&sig=^{m43}%3D
  alibaba-access-key LTAI{m20}
  tencent-secret-id AKID{m32}
  volcengine-ak AKLT{w42}
  baidu-bce bce-v3/ALTAK-{m21}/{x40}
  yandex-iam t1.{w45}.{w86}
  yandex-api AQVN{w36}
  yandex-oauth y0_{w55}
  yandex-static YC{w38}
  digitalocean-pat dop_v1_{x64}
  digitalocean-oauth doo_v1_{x64}
  digitalocean-refresh dor_v1_{x64}
  exoscale-key EXO{x24}
  upcloud ucat_{U26}
  cloudflare-origin-ca v1.0-{x24}-{x146}
  tailscale-auth tskey-auth-{m11}CNTRL-{m32}
  tailscale-api tskey-api-{m11}CNTRL-{m32}
  tailscale-client tskey-client-{m11}CNTRL-{m32}
  tailscale-webhook tskey-webhook-{m11}CNTRL-{m32}
  netbird nbp_{m36}
  vault-service hvs.{w90-120} hvs.CAESI{w90}
  vault-batch hvb.{w138-180}
  vault-recovery hvr.{w90}
  vault-legacy s.{m24}
  doppler-personal dp.pt.{m43}
  doppler-service dp.st.{l6}.{m43} dp.st.prd.{m43}
  doppler-cli dp.ct.{m43}
  doppler-audit dp.audit.{m43}
  doppler-scim dp.scim.{m43}
  doppler-service-account dp.sa.{m43}
  infisical-service st.{x24}.{x32}.{x32}
  onepassword-service ops_eyJzaWduSW5BZGRyZXNzIjoi{w260-320}
  onepassword-secret-key A3-{U6}-{U6}-{U5}-{U5}-{U5}-{U5}
  bitwarden-machine 0.{uuid}.^{m30}:{s22}==
  age-secret AGE-SECRET-KEY-1{U58}
  dynatrace dt0c01.{b24}.{b64}
  dynatrace-platform dt0s16.{b8}.{b64}
  dynatrace-oauth dt0s02.{b8}.{b64}
  newrelic-user NRAK-{U27}
  newrelic-insert NRII-{w32}
  newrelic-query NRIQ-{w32}
  newrelic-admin NRAA-{x27}
  newrelic-ingest {x36}NRAL
  grafana-api eyJrIjoi{m70-120}
  grafana-cloud glc_eyJvIjoi{s80-120}
  grafana-service glsa_{m32}_{x8}
  honeycomb-ingest hcaik_{l58} hcaic_{l58}
  honeycomb-management hcamk_{l58} hcxmk_{l58}
  sentry-user sntryu_{x64}
  sentry-org sntrys_eyJpYXQiO{s100}_{s43}
  sentry-app sntrya_{x64}
  posthog-personal phx_{m43}
  axiom-api xaat-{uuid}
  axiom-personal xapt-{uuid}
  logfire-write pylf_v1_us_{m43} pylf_v1_eu_{m43}
  logfire-v2 pylf_v2_us_{uuid}_{m43}
  elastic-cloud essu_{m80}
  databricks-pat dapi{x32} dapi{x32}-2
  databricks-oauth dose{x32}
  planetscale-token pscale_tkn_{w43}
  planetscale-password pscale_pw_{w43}
  planetscale-oauth pscale_oauth_{w43}
  neon-api napi_{l64}
  supabase-pat sbp_{x40}
  supabase-secret sb_secret_{w31}
  supabase-oauth sbp_oauth_{x40}
  cockroach-cloud CCDB1_{m22}_{m40}
  mongodb-atlas-sa mdb_sa_sk_{m38}
  aiven-service AVNS_{w19}
  convex prod:{a6}-{a8}-{d3}|{m60} dev:{a6}-{a8}-{d3}|{m60}
  xata xau_{m40}
  fauna fnA{w37}
  pinecone pcsk_{m5}_{m63}
  rancher token-{l5}:{l54}
  openshift sha256~{w43}
`);
