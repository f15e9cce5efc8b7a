/** Group `struct`, part three: addresses, headers and key blocks in every carrier, drawn at random from the product. */
import type { Draft } from './cases.ts';
import type { Random } from './random.ts';
import { fill } from './template.ts';

/** Addresses with a secret in them; what follows a `|` must stay. */
const ADDRESSES: readonly string[] = [
  'postgres://‹U›:‹S›@‹H›:5432/shop|:5432/shop',
  'postgresql+asyncpg://‹U›:‹S›@‹H›/shop?ssl=require|/shop?ssl=require',
  'postgresql://‹U›:‹Q›@‹H›:5432/shop|:5432/shop',
  'mysql://‹U›:‹S›@‹H›:3306/shop?charset=utf8mb4|:3306/shop?charset=utf8mb4',
  'mysql+pymysql://‹U›:‹S›@‹H›/shop|/shop',
  'mariadb+mariadbconnector://‹U›:‹S›@‹H›:3306/shop|:3306/shop',
  'mongodb://‹U›:‹S›@‹H›:27017/?authSource=admin|authSource=admin',
  'mongodb+srv://‹U›:‹Q›@‹H›/shop?appName=web|appName=web',
  'redis://:‹S›@‹H›:6379/2|:6379/2',
  'rediss://default:‹S›@‹H›:6380/0|:6380/0',
  'valkey://‹U›:‹S›@‹H›:6379|:6379',
  'amqp://‹U›:‹S›@‹H›:5672/%2F|:5672/%2F',
  'amqps://‹U›:‹S›@‹H›:5671/jobs?heartbeat=30|heartbeat=30',
  'stomp://‹U›:‹S›@‹H›:61613|:61613',
  'mqtts://‹U›:‹S›@‹H›:8883|:8883',
  'nats://‹U›:‹S›@‹H›:4222|:4222',
  'kafka://‹U›:‹S›@‹H›:9092/orders|:9092/orders',
  'clickhouse+native://‹U›:‹S›@‹H›:9000/shop|:9000/shop',
  'cassandra://‹U›:‹S›@‹H›:9042/shop|:9042/shop',
  'neo4j://‹U›:‹S›@‹H›:7687|:7687',
  'bolt+s://‹U›:‹S›@‹H›:7687|:7687',
  'elasticsearch://‹U›:‹S›@‹H›:9200|:9200',
  'https://‹U›:‹S›@‹H›/v2/_catalog|/v2/_catalog',
  'http://‹U›:‹Q›@‹H›:8080/|:8080/',
  'ldaps://‹U›:‹S›@‹H›:636|:636',
  'smtp://‹U›:‹S›@‹H›:2525|:2525',
  'smtps://‹U›:‹Q›@‹H›:465|:465',
  'imap://‹U›:‹S›@‹H›:143|:143',
  'ftps://‹U›:‹S›@‹H›/out/report.csv|/out/report.csv',
  'sftp://‹U›:‹S›@‹H›:2222/in|:2222/in',
  'socks5://‹U›:‹S›@‹H›:1080|:1080',
  'snowflake://‹U›:‹S›@‹H›/SHOP/PUBLIC|/SHOP/PUBLIC',
  'oracle+oracledb://‹U›:‹S›@‹H›:1521/?service_name=ORCL|service_name=ORCL',
  'mssql+pymssql://‹U›:‹S›@‹H›:1433/shop|:1433/shop',
  'teradatasql://‹U›:‹S›@‹H›/shop|/shop',
  'trino://‹U›:‹S›@‹H›:8443/hive|:8443/hive',
  'druid+https://‹U›:‹S›@‹H›:8082/sql|:8082/sql',
  'influxdb://‹U›:‹S›@‹H›:8086/metrics|:8086/metrics',
  'couchbase://‹U›:‹S›@‹H›/shop|/shop',
  'arangodb+http://‹U›:‹S›@‹H›:8529|:8529',
  'git+https://‹M›@‹H›/team/lib.git#v1.2.3|/team/lib.git#v1.2.3',
  'https://oauth2:‹M›@‹H›/team/app.git|/team/app.git',
  'https://‹U›:‹M›@‹H›/simple/|/simple/',
  'ssh://‹U›:‹S›@‹H›:22/srv/repo|:22/srv/repo',
  'vnc://‹U›:‹S›@‹H›:5900|:5900',
  'rtsp://‹U›:‹S›@‹H›:554/h264|:554/h264',
  'https://‹H›/v1/items?api_key=‹M›&page=2|page=2',
  'https://‹H›/v1/items?page=2&access_token=‹M›|page=2',
  'wss://‹H›/socket?token=‹M›&room=7|room=7',
  'https://‹H›/b/a.csv?X-Amz-Expires=900&X-Amz-Credential=x&X-Amz-Signature=‹X›‹X2›|/b/a.csv',
  'https://‹H›/c/a.csv?sv=2024-11-04&sp=r&sig=‹M›%3D|/c/a.csv',
  'https://‹H›/cb?state=abc&code=‹M›|state=abc',
  'https://‹H›/hook?secret=‹M›&event=push|event=push',
  'https://‹H›/e?sid=‹X›&tab=1|tab=1',
  'https://‹H›/share/report?key=‹M›|/share/report',
];

/** Ways an address is carried. `A` is the address; what follows a `|` must stay. */
const CARRIERS: readonly string[] = [
  'A',
  'connect to A please|please',
  'The address is A. It is ready.|It is ready.',
  'DATABASE_URL=A\nMODE=fast\n|MODE=fast',
  'SERVICE_URL="A"\nMODE=fast\n|MODE=fast',
  "export TARGET='A'; ./run --fast|./run --fast",
  'url: A\nmode: fast\n|mode: fast',
  'url: "A"  # main\nmode: fast\n|mode: fast',
  '  - A\n  - other\n|- other',
  '{"url":"A","mode":"fast"}|"mode":"fast"',
  '[server]\nurl = "A"\nmode = "fast"\n|mode = "fast"',
  'const client = new Client("A", { mode: "fast" });|mode: "fast"',
  "client = Client('A', mode='fast')|mode='fast'",
  'client, err := Dial("A", 3)|client, err := Dial(',
  'let client = Client::connect("A").await?;|.await?;',
  '<add name="main" url="A" mode="fast"/>|mode="fast"',
  '<url>A</url><mode>fast</mode>|<mode>fast</mode>',
  'run --url A --mode fast|--mode fast',
  'run --url=A --mode=fast|--mode=fast',
  '2026-11-26T12:00:00Z ERROR [pool] cannot reach A: timed out after 30s|timed out after 30s',
  'Error: connect ECONNREFUSED (A)\n    at connect (/srv/app/db.js:12:7)|/srv/app/db.js:12:7',
  'time=12:00 level=info msg=connected url=A took=3ms|took=3ms',
  'name | url | mode\nmain | A | fast\n|fast',
  '[the page](A) and more|and more',
  '`A` works|works',
  '"A" and \'other\'|other',
  '+  url = "A"\n-  url = load()\n|-  url = load()',
  'id,name,url\n1,main,A\n2,other,none\n|2,other,none',
  'GET A HTTP/1.1\r\nAccept: text/html\r\n|Accept: text/html',
  'Location: A\r\nContent-Length: 0\r\n|Content-Length: 0',
  '地址是 A ，请保存|请保存',
  'ENV URL=A\nENV MODE=fast\n|MODE=fast',
  '* Connected to A (10.0.0.7) port 443|port 443',
  'remote: A\nhead: main\n|head: main',
];

/** Headers: name and value. */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Authorization', 'Bearer ‹M›'],
  ['Authorization', 'Bearer ‹J›'],
  ['Authorization', 'Basic ‹B›'],
  ['Authorization', 'token ‹M›'],
  ['Authorization', 'ApiKey ‹M›'],
  ['Authorization', '‹M›'],
  ['authorization', 'bearer ‹X›'],
  ['Proxy-Authorization', 'Basic ‹B›'],
  ['X-Api-Key', '‹M›'],
  ['x-api-key', '‹X›'],
  ['Api-Key', '‹M›'],
  ['X-Auth-Token', '‹M›'],
  ['X-Access-Token', '‹M›'],
  ['X-Amz-Security-Token', '‹M›‹M2›'],
  ['X-Vault-Token', '‹M›'],
  ['X-Shopify-Access-Token', '‹X›'],
  ['X-GitHub-Token', '‹M›'],
  ['PRIVATE-TOKEN', '‹M›'],
  ['X-Figma-Token', '‹M›'],
  ['X-Csrf-Token', '‹M›'],
  ['X-Session-Token', '‹M›'],
  ['Ocp-Apim-Subscription-Key', '‹X›'],
  ['x-functions-key', '‹M›'],
  ['x-goog-api-key', '‹M›'],
  ['apikey', '‹M›'],
  ['Cookie', 'sid=‹X›'],
  ['Set-Cookie', 'session=‹M›; Path=/; HttpOnly'],
  ['X-Hub-Signature', 'sha1=‹X›'],
  ['X-Client-Secret', '‹M›'],
  ['X-Refresh-Token', '‹M›'],
];

/** `N` is the name, `V` the value. */
const HEADER_CARRIERS: readonly string[] = [
  'Host: x.example\r\nN: V\r\nAccept: text/html\r\n\r\n|Accept: text/html',
  'N: V\nAccept: text/html|Accept: text/html',
  '> N: V\n> Accept: text/html\n< HTTP/1.1 200 OK|> Accept: text/html',
  'curl -H "N: V" -H "Accept: text/html" https://x.example/|Accept: text/html',
  "curl --header 'N: V' --compressed https://x.example/|--compressed https://x.example/",
  '{"N":"V","Accept":"text/html"}|"Accept":"text/html"',
  '{"headers":{"Accept":"text/html","N":["V"]}}|"Accept":"text/html"',
  '[{"name":"N","value":"V"},{"name":"Accept","value":"text/html"}]|"text/html"',
  '[{"key":"N","value":"V"},{"key":"Accept","value":"text/html"}]|"text/html"',
  '[["N","V"],["Accept","text/html"]]|"text/html"',
  "headers = {'N': 'V', 'Accept': 'text/html'}|'text/html'",
  'headers: { "N": "V", Accept: "text/html" }|Accept: "text/html"',
  'headers := map[string]string{"N": "V", "Accept": "text/html"}|"text/html"',
  'req.Header.Set("N", "V")\nreq.Header.Set("Accept", "text/html")|"text/html"',
  'request.setRequestHeader("N", "V");\nrequest.send();|request.send();',
  'headers.append("N", "V"); headers.append("Accept", "text/html");|"text/html"',
  'headers:\n  N: V\n  Accept: text/html\n|Accept: text/html',
  'headers:\n  - name: N\n    value: "V"\n  - name: Accept\n    value: text/html\n|value: text/html',
  'proxy_set_header N "V";\nproxy_set_header Accept text/html;|Accept text/html;',
  'add_header N "V" always;\nlisten 80;|listen 80;',
  'N=V\nAccept=text/html|Accept=text/html',
  '2026-11-26 DEBUG request headers N: V status=200',
  '2026-11-26 DEBUG headers={N=V, Accept=text/html}|Accept=text/html',
  'name | value\nN | V\nAccept | text/html\n|Accept',
  '<header name="N" value="V"/><header name="Accept" value="text/html"/>|value="text/html"',
  "-e 'N: V' --mode fast|--mode fast",
  'http GET x.example "N:V" Accept:text/html|Accept:text/html',
  'wget --header="N: V" -O a.html https://x.example/|-O a.html',
  'mcp-remote https://x.example/mcp --header "N: V" --debug|--debug',
];

function parts(line: string): { readonly text: string; readonly keep: readonly string[] } {
  const at = line.lastIndexOf('|');
  return at <= 0
    ? { text: line, keep: [] }
    : { text: line.slice(0, at), keep: [line.slice(at + 1)] };
}

/** `count` cases of addresses in carriers and as many of headers. */
export function crossed(random: Random, count: number): Draft[] {
  const drafts: Draft[] = [];
  const add = (kind: string, text: string, keep: readonly string[]): void => {
    const filled = fill(random, text);
    const value = random.chance(0.5)
      ? filled.text
      : { content: [{ type: 'text', text: filled.text }] };
    drafts.push({ kind, value, secrets: filled.secrets, keep: [...filled.keep, ...keep] });
  };
  for (let i = 0; i < count; i++) {
    const address = parts(random.pick(ADDRESSES));
    const carrier = parts(random.pick(CARRIERS));
    const scheme = address.text.split(':')[0] ?? '';
    add(
      `${scheme} in ${carrier.text.slice(0, 18).replace(/\s+/g, ' ')}`,
      carrier.text.replace('A', () => address.text),
      [...address.keep, ...carrier.keep],
    );
  }
  for (let i = 0; i < count; i++) {
    const [name, value] = random.pick(HEADERS);
    const carrier = parts(random.pick(HEADER_CARRIERS));
    add(
      `${name} in ${carrier.text.slice(0, 18).replace(/\s+/g, ' ')}`,
      carrier.text.replace(/\bV\b/, () => value).replace(/\bN\b/, () => name),
      carrier.keep,
    );
  }
  return drafts;
}
