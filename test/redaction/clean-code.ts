/**
 * Group `clean`, programs: what stands behind the names of secrets in code (types, members, calls, constants that are names
 * themselves, verbs of `printf`, messages) is none. Identifiers are made anew at every seed.
 */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

const SECRETS = ['token', 'password', 'secret', 'credential', 'apiKey', 'privateKey', 'passphrase'];
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Names of one program, made of words. */
class Names {
  readonly #random: Random;
  constructor(random: Random) {
    this.#random = random;
  }
  lower(): string {
    return this.#random.word().toLowerCase();
  }
  humped(words: number = 2): string {
    return this.lower() + this.pascal(words - 1);
  }
  pascal(words: number = 2): string {
    return Array.from({ length: words }, () => capital(this.lower())).join('');
  }
  secret(): string {
    return this.#random.pick(SECRETS);
  }
  secretPascal(): string {
    return capital(this.secret());
  }
}

const CODE: readonly (readonly [kind: string, make: (n: Names, r: Random) => string])[] = [
  [
    'go, parameters and fields of pointer types',
    (n) =>
      `func ${n.humped()}(pass *analysis.${n.pascal(1)}) (any, error) {\n\treturn nil, nil\n}\n\ntype ${n.pascal()} struct {\n\t${n.secretPascal()}   *${n.lower()}.${n.pascal()}\n\t${n.pascal()}  string\n}\n`,
  ],
  [
    'go, verbs of errors',
    (n, r) =>
      `\tif err != nil {\n\t\treturn nil, fmt.Errorf("failed to ${n.lower()} ${n.lower()} ${r.pick(['token', 'credential', 'private key', 'password'])}: ${r.pick(['%w', '%v', '%s', '%+v', '%q'])}", err)\n\t}\n`,
  ],
  [
    'go, literals of structures',
    (n) =>
      `\t${n.lower()}.${n.secretPascal()} = &${n.lower()}.${n.pascal()}{\n\t\t${n.pascal()}: true,\n\t}\n\t${n.humped()} := &${n.pascal()}{\n\t\tPrivateKey:  key,\n\t\tTokenSource: ts,\n\t}\n`,
  ],
  [
    'go, assignments of members',
    (n) =>
      `\t${n.lower()}.Client${n.secretPascal()} = ${n.humped()}\n\tcfg.${n.pascal(1)}.${n.secretPascal()} = ${n.lower()}\n`,
  ],
  [
    'go, constants of the system',
    (n, r) =>
      `const (\n\tSYS_MEMFD_SECRET            = ${r.between(100, 999)}\n\t_NSS_BUFLEN_PASSWD          = 0x${r.fill('{x3}')}\n\tBPF_${n.lower().toUpperCase()}_PASS   = 0x${r.int(9)}\n\tX_${n.lower().toUpperCase()}      = ${r.int(99)}      // pwd.h:${r.between(1, 200)}:${r.int(9)}:\n)\n`,
  ],
  [
    'constants that are the name itself',
    (n) => {
      const [a, b] = [n.lower(), n.lower()];
      return [
        `const (\n\tErrCode${capital(a)}AuthorizationNotFoundFault = "${capital(a)}AuthorizationNotFound"`,
        `\tcfgClientSecret = "client-secret"\n\tRefreshToken = "refresh_token"`,
        `\t${a}${capital(b)}Password = "${b}.password"\n)\n`,
        `export const ${a}RequestToken = "${a}_request_token";\n`,
      ].join('\n');
    },
  ],
  [
    'c, functions whose names begin as tokens do',
    (n) =>
      `#define sk_X509_${n.lower()}_cmp_func(sk, cmp) ((sk_X509_compfunc)OPENSSL_sk_set_cmp_func(sk))\n#define sk_PKCS7_${n.lower()}_dup(sk, ${n.lower()}) ((STACK_OF(PKCS7) *)0)\n`,
  ],
  [
    'javascript, members and operators',
    (n) =>
      `this.${n.secret()} = ${n.humped()};\nconst ${n.humped()} = (${n.secret()}) => !!${n.secret()} && '${n.lower()}' in ${n.secret()};\nreturn ${n.secret()} ? "${n.secret()}" : ${n.humped()} ? "${n.lower()}" : null;\n`,
  ],
  [
    'javascript, literals of objects',
    (n) =>
      `export const ${n.humped()} = {\n  apiKey: ${n.humped()},\n  ${n.lower()}: { ${n.secret()}: ${n.humped()} },\n  clientSecret: process.env.${n.lower().toUpperCase()}_CLIENT_SECRET!,\n  withCredentials: !0,\n};\n`,
  ],
  [
    'javascript, text with holes',
    (n) =>
      `let cookie = \`\${${n.lower()}}=\${value}\`;\nif (opt.${n.lower()}) cookie += \`; Path=\${opt.path}\`;\nif (opt.${n.lower()}) cookie += "; HttpOnly";\nlog.info('token', \`${n.lower()} \${${n.humped()}.length} tokens\`);\n`,
  ],
  [
    'javascript, what people are asked',
    (n) =>
      `const otpPrompt = \`This command requires a one-time password (OTP) from your ${n.lower()} app.\`\nconst passwordPrompt = '${n.lower()} password: '\n`,
  ],
  [
    'javascript, calls with the names of algorithms',
    (n, r) =>
      `const ${n.humped()} = new Uint8Array(await crypto.subtle.${r.pick(['encrypt', 'decrypt', 'wrapKey'])}("${r.pick(['RSA-OAEP', 'AES-GCM', 'AES-KW'])}", key, ${n.humped()}));\n`,
  ],
  [
    'javascript, parsers',
    (n, r) =>
      `    token = peek();\n    while (token === "${r.pick(['{', '}', '(', '\\"', ';'])}") token = ${n.humped()}(token);\n`,
  ],
  [
    'typescript, types',
    (n) =>
      `export type ${n.pascal()}CredentialResponse = ${n.pascal(3)} | undefined;\nexport interface ${n.pascal()} {\n  readonly ${n.secret()}: Uint8Array;\n  ${n.secret()}Provider?: () => Promise<${n.pascal()}>;\n}\n`,
  ],
  [
    'typescript, unions of long names',
    (n) => {
      const family = `Custom${n.pascal()}ForgotPassword`;
      return `export type ${n.pascal()} =\n    | ${family}${n.pascal(1)}Event\n    | ${family}${n.pascal(1)}Event\n    | ${family}${n.pascal(1)}Event;\n`;
    },
  ],
  [
    'prose about parameters',
    (n) =>
      `Pass \`${n.humped()}\` back on the next call. You may pass \`${n.lower()}.With${n.pascal(1)}()\` as well; see \`${n.humped(3)}\` for the token.\n`,
  ],
  [
    'labels in quotes before what is printed',
    (n) =>
      `\tfmt.Println("  secretAccessKey:", ${n.lower()}.SecretAccessKey)\n\tfmt.Println("  sessionToken:", ${n.lower()}.SessionToken)\n\tthrow new Error('cannot read the token ' + ${n.humped()} + ', ${n.lower()} it again')\n`,
  ],
  [
    'options, messages and types about a secret',
    (n) =>
      `const get${n.secretPascal()}Options = {\n  abortSignal: request.abortSignal,\n  ${n.humped()}: ${n.humped()},\n};\nerrMsg${n.pascal()}Secret = "missing ${n.pascal()} in ${n.lower()} ${n.lower()}"\ninterface ${n.pascal()} {\n  ${n.secret()}Input: Create${n.pascal()}2TokenRequestBody | undefined;\n}\nimport auth "github.com/${n.lower()}/${n.lower()}/v2/auth"\n`,
  ],
  [
    'headers and cookies by name',
    (n) => {
      const name = `AWS_${n.lower().toUpperCase()}_AUTHORIZATION_TOKEN`;
      return `AWS_METADATA_TOKEN_HEADER = "X-aws-${n.lower()}-metadata-token";\n${n.humped()}Token = "x-${n.lower()}-token";\n${name} = "${name}";\ntokenVariable = "${n.lower().toUpperCase()}_API_TOKEN";\n`;
    },
  ],
];

/** Records whose names speak of secrets: catalogues of messages, models of an API, templates, lists of files. */
const RECORDS: readonly ((n: Names, r: Random) => object)[] = [
  (n, r) => ({
    Unexpected_token_1012: 'Neočekávaný token. Očekával se konstruktor nebo vlastnost.',
    password_too_short: `Das Kennwort für ${n.pascal(1)} muss mindestens zwölf Zeichen haben.`,
    token_expired: `The token of {0} has expired ${r.between(2, 9)} days ago.`,
  }),
  (n) => ({
    shapes: {
      [`Create${n.pascal()}Request`]: {
        type: 'structure',
        members: {
          ClientToken: {
            shape: `${n.pascal()}TokenType`,
            location: 'header',
            idempotencyToken: true,
          },
          KeyStorePassword: { shape: `${n.pascal()}PasswordType` },
        },
      },
    },
    refs: {
      [`Create${n.pascal()}Request$ClientToken`]:
        '<p>A token that identifies the request to the service.</p>',
    },
  }),
  (n) => ({
    outputs: {
      [`${n.lower().toUpperCase()}_STORAGE_ACCOUNT_KEY`]: {
        type: 'string',
        value: `[listKeys(resourceId('Microsoft.Storage/storageAccounts', variables('${n.humped()}')), '2021-04-01').keys[0].value]`,
      },
    },
  }),
  (n, r) => ({
    files: { [`src/${n.lower()}/token.ts`]: r.between(1, 900), 'src/secret-store.go': 12 },
    types: { 'application/jwt': { source: 'iana', compressible: false } },
    apiKeyEnvVar: `${n.lower().toUpperCase()}_API_KEY`,
  }),
];

export function cleanCode(seed: number): Draft[] {
  const random = new Random(seed, 'clean/code');
  const names = new Names(random);
  const records = RECORDS.flatMap((make) => [
    { kind: 'record about secrets', value: make(names, random) },
    {
      kind: 'record about secrets, as text',
      value: { content: [{ type: 'text', text: JSON.stringify(make(names, random), null, 2) }] },
    },
  ]);
  const programs = CODE.flatMap(([kind, make], i) =>
    Array.from({ length: 3 }, (_, n): Draft => {
      const text = make(names, random);
      const kindOf = `code: ${kind}`;
      return (i + n) % 2 === 0
        ? { kind: kindOf, value: text }
        : { kind: kindOf, value: { content: [{ type: 'text', text }] } };
    }),
  );
  return [...programs, ...records];
}
