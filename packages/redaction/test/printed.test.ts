/** Values alone on a line, behind a command that prints them or a name above them; and secret parts of links. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('goes', () => {
  test.each([
    '$ gcloud secrets versions access latest --secret=db-password\n[BlueLagoon!77]\n',
    "$ kubectl get secret db -o jsonpath='{.data.x}' | base64 -d\n[Ostrich-Glue-19]",
    '$ vault kv get -field=password secret/db\r\n[hunter22x]\r\n',
    '$ aws ssm get-parameter --name /p --with-decryption --output text\n[mZ9kQ2rT7xW4]',
    '$ op read op://vault/db/password\n[hunter22x]\n$ ls\n',
    '127.0.0.1:6379> GET config:smtp:password\n"[Falcon77!]"\n127.0.0.1:6379> PING',
    '$ etcdctl get /db/password\n/db/password\n[Falcon77!]\n',
    '$ bw get password web.example\n[otter-canyon-lamp-47]\n',
    '$ pass show web/x\n[hunter22x]\nlogin: ana\n',
    'root@web:~# cat /etc/app/token\n[mZ9kQ2rT7xW4]\n',
    '$ echo $DB_PASSWORD\n[hunter22x]\n',
    '$ openssl rand -hex 12\n[2f064d3663814887964b9826]\n',
    "<bob> what's the root password?\n<ann> [hunter22x]\n<bob> thanks",
    'use the following password to proceed:\n\n[2f064d3663814887964b682940572567]\n\nbye',
    'Your new API token:\n  [q7Zk2Xw9LmTpR4s]\nKeep it.',
    '**Temporary password:**\n\n`[hunter22x]`\n',
    'https://a.example/reset/[k3Jd93kdPq02mZx81LqW] (valid for one hour)',
    'https://a.example/password/edit/7/[k3Jd93kdPq02mZx81LqW]',
    'https://a.example/magic-link/[0f1e2d3c4b5a46789abcdef0]?x=1',
    'https://a.example/invite?code=[Zk92LmQp71Xt]',
  ])('%s', (line) => {
    const text = line.replace(/\[([^\]]+)\]/, '$1');
    const found = String(redact(text));
    expect(found.replace(/\[REDACTED:[a-z-]+\]/, '[]')).toBe(line.replace(/\[[^\]]+\]/, '[]'));
    expect(redact(found)).toBe(found);
  });
});

describe('stays', () => {
  test.each([
    '$ vault kv get -field=url secret/db\nhttps://a.example\n',
    '$ kubectl get secret db -o json | base64 -d\nerror: not found\n',
    '$ cat src/token.ts\nimport x1y2z3\n',
    '127.0.0.1:6379> GET page:7\n"a1b2c3d4e5"\n',
    '$ gcloud secrets versions access latest --secret=db-root\n',
    'what is a password?\nask bob77 about it',
    '$ docker ps -o tsv\n3f2a9c8b7d6e\n',
    '$ terraform output -raw region\neu-north-1\n',
    '$ printenv HOME\n/home/ana99\n',
    'the password:\n\nmust be changed\n',
    'password:\n  secretKeyRef:\n    name: db\n',
    'Token:\n  type: Bearer2\n',
    'https://a.example/reset/password-of-account',
    'https://a.example/invite/team-99/accept',
    'https://a.example/confirm/order/123456',
    'https://a.example/x?code=E4012',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
