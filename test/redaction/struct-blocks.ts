/** Group `struct`, part four: key blocks, diffs and SQL. */
import type { Template } from './template.ts';

export const BLOCKS: readonly Template[] = [
  ['PEM', `-----BEGIN ‹Y›-----\n‹E›\n-----END ‹Y›-----\nafter the key\n`, 'after the key'],
  [
    'PEM RSA',
    `before\n-----BEGIN RSA ‹Y›-----\n‹E›\n-----END RSA ‹Y›-----\nafter`,
    'before',
    'after',
  ],
  ['PEM EC', `-----BEGIN EC ‹Y›-----\n‹E›\n-----END EC ‹Y›-----\nafter`, 'after'],
  ['PEM DSA', `-----BEGIN DSA ‹Y›-----\n‹E›\n-----END DSA ‹Y›-----\nafter`, 'after'],
  ['PEM OpenSSH', `-----BEGIN OPENSSH ‹Y›-----\n‹E›\n-----END OPENSSH ‹Y›-----\n`],
  ['PEM encrypted', `-----BEGIN ENCRYPTED ‹Y›-----\n‹E›\n-----END ENCRYPTED ‹Y›-----\n`],
  [
    'PEM with headers',
    `-----BEGIN RSA ‹Y›-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n‹E›\n-----END RSA ‹Y›-----\n`,
  ],
  [
    'PGP',
    `-----BEGIN PGP ‹Y› BLOCK-----\nVersion: GnuPG\n\n‹E›\n=aB3d\n-----END PGP ‹Y› BLOCK-----\n`,
  ],
  [
    'SSH2',
    `---- BEGIN SSH2 ENCRYPTED ‹Y› ----\nComment: "‹W›"\n‹E›\n---- END SSH2 ENCRYPTED ‹Y› ----\n`,
  ],
  ['PEM unclosed', `-----BEGIN ‹Y›-----\n‹E›\n`],
  ['PEM unclosed, cut in a line', `key file:\n-----BEGIN RSA ‹Y›-----\n‹E›\n‹M›`, 'key file:'],
  [
    'PEM escaped newlines',
    `key = "-----BEGIN ‹Y›-----\\n‹M›\\n‹M2›\\n‹M3›\\n-----END ‹Y›-----\\n"; mode = "fast"`,
    'mode = "fast"',
  ],
  [
    'PEM twice escaped',
    `{"text":"{\\"k\\":\\"-----BEGIN ‹Y›-----\\\\n‹M›\\\\n‹M2›\\\\n-----END ‹Y›-----\\\\n\\",\\"mode\\":\\"fast\\"}"}`,
    'fast',
  ],
  ['PEM on one line', `-----BEGIN ‹Y›----- ‹M›‹M2› ‹M3› -----END ‹Y›----- and more`, 'and more'],
  ['PEM CRLF', `-----BEGIN ‹Y›-----\r\n‹M›‹M2›\r\n‹M3›\r\n-----END ‹Y›-----\r\nafter`, 'after'],
  [
    'PEM indented in YAML',
    `tls:\n  key: |\n    -----BEGIN ‹Y›-----\n    ‹M›‹M2›\n    ‹M3›\n    -----END ‹Y›-----\n  port: 443\n`,
    'port: 443',
  ],
  [
    'PEM in a diff',
    `@@ -1,3 +0,0 @@\n------BEGIN ‹Y›-----\n-‹M›‹M2›\n-‹M3›\n------END ‹Y›-----\n context line\n`,
    ' context line',
  ],
  [
    'PEM with line numbers',
    `1\t-----BEGIN ‹Y›-----\n2\t‹M›‹M2›\n3\t‹M3›\n4\t-----END ‹Y›-----\n5\tafter\n`,
    'after',
  ],
  [
    'PEM quoted per line',
    `"-----BEGIN ‹Y›-----\\n" +\n"‹M›‹M2›\\n" +\n"‹M3›\\n" +\n"-----END ‹Y›-----\\n"\n`,
  ],
  [
    'two PEM blocks',
    `-----BEGIN ‹Y›-----\n‹E›\n-----END ‹Y›-----\nmiddle words\n-----BEGIN RSA ‹Y›-----\n‹M›‹M2›\n-----END RSA ‹Y›-----\n`,
    'middle words',
  ],
  [
    'certificate then key',
    `-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUdGVzdA\n-----END CERTIFICATE-----\n-----BEGIN ‹Y›-----\n‹E›\n-----END ‹Y›-----\n`,
    'MIIBszCCAVmgAwIBAgIUdGVzdA',
  ],
  [
    'PuTTY',
    `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ‹W›\nPrivate-Lines: 2\n‹M›\n‹M2›\nPrivate-MAC: ‹X›\n`,
    'ssh-ed25519',
  ],
  [
    'OpenVPN static',
    `-----BEGIN OpenVPN Static key V1-----\n‹X›\n‹X2›\n‹X3›\n-----END OpenVPN Static key V1-----\n`,
  ],
  [
    'JWK',
    `{"kty":"EC","crv":"P-256","x":"abc","y":"def","d":"‹M›a","use":"sig"}`,
    '"crv":"P-256"',
    '"use":"sig"',
  ],
  [
    'JWK RSA',
    `{"kty":"RSA","e":"AQAB","kid":"k1","d":"‹M›‹M2›","p":"‹M3›","q":"‹M4›"}`,
    '"kid":"k1"',
    '"e":"AQAB"',
  ],
  ['JWK oct', `{"kty":"oct","kid":"k1","alg":"HS256","k":"‹M›"}`, '"alg":"HS256"'],
];

export const DIFFS: readonly Template[] = [
  [
    'diff env',
    `diff --git a/.env b/.env\nindex 1a2b3c4..5d6e7f8 100644\n--- a/.env\n+++ b/.env\n@@ -1,3 +1,3 @@\n MODE=fast\n-DB_PASSWORD=‹S›\n+DB_PASSWORD=‹S2›\n LEVEL=3\n`,
    'index 1a2b3c4..5d6e7f8',
    ' MODE=fast',
    ' LEVEL=3',
  ],
  [
    'diff yaml',
    `@@ -4,2 +4,2 @@ database:\n   host: ‹H›\n-  password: ‹S›\n+  password: changed-‹S2›\n`,
    'host:',
  ],
  [
    'diff code',
    `@@ -10 +10 @@\n-const apiKey = "‹M›";\n+const apiKey = process.env.API_KEY;\n`,
    'process.env.API_KEY',
  ],
  [
    'diff json',
    `-  "clientSecret": "‹M›",\n+  "clientSecret": "‹M2›",\n   "clientId": "shop"\n`,
    '"clientId": "shop"',
  ],
  ['diff word', `password: [-‹S›-]{+‹S2›+}\nmode: fast\n`, 'mode: fast'],
  [
    'conflict',
    `<<<<<<< HEAD\nAPI_TOKEN=‹M›\n=======\nAPI_TOKEN=‹M2›\n>>>>>>> branch\nMODE=fast\n`,
    'MODE=fast',
  ],
  [
    'git log -p',
    `commit 1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b\nAuthor: Ana\n\n    remove key\n\n-    client = Client(api_key="‹M›")\n+    client = Client()\n`,
    'commit 1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b',
    'remove key',
  ],
  [
    'grep output',
    `config/app.yml:12:  api_key: ‹M›\nconfig/app.yml:13:  region: eu\n`,
    'config/app.yml:12:',
    'region: eu',
  ],
  [
    'ripgrep columns',
    `src/a.ts:7:15:const token = '‹M›'\nsrc/b.ts:9:1:const mode = 'fast'\n`,
    'src/a.ts:7:15:',
    "const mode = 'fast'",
  ],
  [
    'cat -n',
    `     1\tMODE=fast\n     2\tSECRET_KEY=‹M›\n     3\tLEVEL=3\n`,
    'MODE=fast',
    'LEVEL=3',
  ],
];

export const SQL: readonly Template[] = [
  [
    'create user pg',
    `CREATE USER ‹U› WITH PASSWORD '‹P›' VALID UNTIL '2027-01-01';`,
    "VALID UNTIL '2027-01-01'",
  ],
  ['alter role', `ALTER ROLE ‹U› WITH LOGIN ENCRYPTED PASSWORD '‹S›';`, 'WITH LOGIN'],
  [
    'create user mysql',
    `CREATE USER '‹U›'@'%' IDENTIFIED BY '‹P›';\nGRANT SELECT ON shop.* TO '‹U›'@'%';`,
    'GRANT SELECT ON shop.*',
  ],
  [
    'identified with',
    `ALTER USER '‹U›'@'localhost' IDENTIFIED WITH mysql_native_password BY '‹S›';`,
    'mysql_native_password',
  ],
  ['set password', `SET PASSWORD FOR '‹U›'@'%' = '‹S›';`, 'SET PASSWORD FOR'],
  [
    'oracle',
    `CREATE USER ‹U› IDENTIFIED BY "‹S›" DEFAULT TABLESPACE users;`,
    'DEFAULT TABLESPACE users',
  ],
  [
    'mssql login',
    `CREATE LOGIN ‹U› WITH PASSWORD = N'‹P›', DEFAULT_DATABASE = shop;`,
    'DEFAULT_DATABASE = shop',
  ],
  [
    'update',
    `UPDATE accounts SET password = '‹P›', updated = now() WHERE name = '‹U›';`,
    'updated = now()',
  ],
  [
    'insert columns',
    `INSERT INTO accounts (name, password, region) VALUES ('‹U›', '‹P›', 'eu');`,
    "'eu'",
  ],
  [
    'insert many',
    `INSERT INTO tokens (id, api_key) VALUES (1, '‹M›'), (2, '‹M2›');`,
    'INSERT INTO tokens (id, api_key)',
  ],
  [
    'where',
    `SELECT id FROM sessions WHERE session_token = '‹M›' AND region = 'eu';`,
    "region = 'eu'",
  ],
  ['crypt', `SELECT crypt('‹P›', password_hash) FROM users WHERE name = '‹U›';`, 'FROM users'],
  [
    'dblink',
    `SELECT * FROM dblink('host=‹H› user=‹U› password=‹S› dbname=shop', 'select 1') AS t(a int);`,
    'dbname=shop',
    'select 1',
  ],
  [
    'fdw',
    `CREATE USER MAPPING FOR ‹U› SERVER s OPTIONS (user 'x', password '‹S›');`,
    'SERVER s OPTIONS',
  ],
  [
    'snowflake stage',
    `CREATE STAGE s URL='s3://bucket/' CREDENTIALS=(AWS_KEY_ID='k1' AWS_SECRET_KEY='‹K›');`,
    "URL='s3://bucket/'",
  ],
  [
    'redshift copy',
    `COPY orders FROM 's3://bucket/o' CREDENTIALS 'aws_access_key_id=k1;aws_secret_access_key=‹K›' CSV;`,
    's3://bucket/o',
  ],
  ['clickhouse', `CREATE USER ‹U› IDENTIFIED WITH sha256_password BY '‹S›'`, 'sha256_password'],
  [
    'pragma key',
    `PRAGMA key = '‹S›';\nSELECT count(*) FROM orders;`,
    'SELECT count(*) FROM orders',
  ],
  [
    'mongo createUser',
    `db.createUser({ user: "‹U›", pwd: "‹S›", roles: ["readWrite"] })`,
    'readWrite',
  ],
  ['cypher', `ALTER USER ‹U› SET PASSWORD '‹S›' CHANGE NOT REQUIRED`, 'CHANGE NOT REQUIRED'],
];
