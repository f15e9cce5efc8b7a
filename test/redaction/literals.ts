/** Assignments of a secret in the languages people paste. `N` stands for the name, `S` for the secret. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  JavaScript: [
    `const N = "S";\nconst mode = "fast";`,
    `settings.N = 'S'; settings.mode = 'fast';`,
    `connect({ mode: 'fast', N: \`S\` });`,
  ],
  TypeScript: [
    `private readonly N: string = 'S';\nmode = 'fast';`,
    `export const N = 'S' as const; export const mode = 'fast';`,
  ],
  Python: [
    `N = 'S'\nmode = 'fast'`,
    `connect(mode="fast", N="S")`,
    `os.environ["N"] = "S"\nmode = "fast"`,
    `{'mode': 'fast', 'N': 'S'}`,
  ],
  Go: [
    `N := "S"\nmode := "fast"`,
    `cfg := Config{Mode: "fast", N: "S"}`,
    `os.Setenv("N", "S") // mode fast`,
  ],
  Rust: [`let N = "S"; let mode = "fast";`, `const N: &str = "S"; const mode: &str = "fast";`],
  Java: [
    `String N = "S";\nString mode = "fast";`,
    `props.setProperty("N", "S"); props.setProperty("mode", "fast");`,
    `config.put("N", "S"); // mode fast`,
  ],
  Kotlin: [`val N = "S"\nval mode = "fast"`],
  Swift: [`let N: String = "S"\nlet mode = "fast"`],
  'C#': [`var N = "S"; var mode = "fast";`, `new Options { Mode = "fast", N = @"S" };`],
  C: [`#define N "S"\n#define mode "fast"`, `const char *N = "S"; // fast`],
  PHP: [`$N = 'S'; $mode = 'fast';`, `define('N', 'S'); // fast`, `['mode' => 'fast', 'N' => 'S']`],
  Ruby: [
    `N = 'S'\nmode = 'fast'`,
    `{ mode: 'fast', N: 'S' }`,
    `{ :mode => 'fast', :N => 'S' }`,
    `ENV['N'] = 'S' # fast`,
  ],
  Perl: [`my $N = 'S'; my $mode = 'fast';`],
  Lua: [`local N = "S"\nlocal mode = "fast"`],
  R: [`N <- "S"\nmode <- "fast"`],
  Elixir: [`config :app, N: "S", mode: "fast"`],
  Scala: [`val N = "S"\nval mode = "fast"`],
  PowerShell: [`$N = "S"\n$mode = "fast"`, `$env:N = 'S'\n$env:mode = 'fast'`],
  Shell: [
    `N='S' mode=fast ./run`,
    `export N="S"; export mode=fast`,
    `set -x N S\nset -x mode fast`,
  ],
  Batch: [`set N=S\r\nset mode=fast\r\n`, `setx N "S"\r\nset mode=fast`],
  Terraform: [`variable "N" {\n  default = "S"\n}\nmode = "fast"`, `  N = "S"\n  mode = "fast"`],
  Nix: [`{ N = "S"; mode = "fast"; }`],
  Dockerfile: [`ENV N=S\nENV mode=fast`, `ENV N S\nENV mode fast`, `ARG N=S\nARG mode=fast`],
  SQL: [`UPDATE users SET N = 'S' WHERE mode = 'fast'`],
  Haskell: [`N = "S"\nmode = "fast"`],
  Dart: [`final N = 'S'; final mode = 'fast';`],
  Groovy: [`def N = 'S'\ndef mode = 'fast'`],
  'Objective-C': [`NSString *N = @"S"; NSString *mode = @"fast";`],
  Clojure: [`{:N "S" :mode "fast"}`, `(def N "S") ; fast`],
  Julia: [`N = "S"; mode = "fast"`],
  Makefile: [`N := S\nmode := fast`],
  CMake: [`set(N "S")\nset(mode "fast")`],
};

const NAMES: Readonly<Record<string, readonly string[]>> = {
  camel: ['dbPassword', 'apiKey', 'clientSecret', 'accessToken', 'authToken', 'secretKey'],
  snake: ['db_password', 'api_key', 'client_secret', 'access_token', 'auth_token', 'secret_key'],
  upper: ['DB_PASSWORD', 'API_KEY', 'CLIENT_SECRET', 'ACCESS_TOKEN', 'AUTH_TOKEN', 'SECRET_KEY'],
};

export function LITERALS(seed: number): Draft[] {
  const drafts: Draft[] = [];
  for (const [language, templates] of Object.entries(LANGUAGES)) {
    const random = new Random(seed, `literals/${language}`);
    for (const template of templates) {
      for (const writing of Object.values(NAMES)) {
        const name = random.pick(writing);
        const secret = random.password();
        const value = template.replace(/\bN\b/g, () => name).replace(/\bS\b/g, () => secret);
        drafts.push({ kind: `literal in ${language}`, value, secrets: [secret], keep: ['fast'] });
      }
    }
  }
  return drafts;
}
