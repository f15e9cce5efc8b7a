/** Where a recognisable token can stand. `keep`: the harmless text around it that must stay. */
import type { Random } from './random.ts';

/** A value with the token in it, and what must be left. */
interface Placed {
  readonly value: unknown;
  readonly keep: readonly string[];
}

type Place = (token: string, random: Random) => Placed;

/** True when the token can be part of a URL, an XML text or a CSV cell without being escaped. */
const isPlain = (token: string): boolean => /^[\w.~:!-]+$/.test(token);

const plain = (value: unknown, ...keep: string[]): Placed => ({ value, keep });

export const PLACES: Readonly<Record<string, Place>> = {
  prose: (token, random) => {
    const [a, b] = [random.words(3), random.words(4)];
    return plain(`Please use ${a} ${token} for the ${b}`, a, b);
  },
  'sentence end': (token, random) => {
    const a = random.words(4);
    return plain(`The ${a} is ${token}. It was made last week.`, a, 'It was made last week.');
  },
  parentheses: (token, random) => {
    const a = random.words(3);
    return plain(`the ${a} (${token}) works, [${token}] too`, a, 'works,');
  },
  'nested JSON': (token, random) => {
    const name = random.word();
    return plain({ items: [{ id: 7, note: { text: token, name } }], total: 1 }, name);
  },
  'JSON in a string': (token, random) => {
    const name = random.words(2);
    return plain(
      { content: [{ type: 'text', text: JSON.stringify({ name, list: [token] }, null, 2) }] },
      name,
    );
  },
  'JSON in JSON in a string': (token, random) => {
    const name = random.words(2);
    return plain(JSON.stringify({ body: JSON.stringify({ name, item: token }) }), name);
  },
  code: (token, random) => {
    const name = random.word();
    return plain(
      random.pick([
        `const ${name} = connect("${token}", { retries: 3 });`,
        `${name} = Client('${token}')\n${name}.run(limit=10)`,
        `let ${name} = Client::new("${token}").await?;`,
        `var ${name} = new Client(@"${token}"); // 3 retries`,
      ]),
      name,
    );
  },
  XML: (token, random) => {
    const name = random.word();
    return plain(
      `<entry><name>${name}</name><item>${escapeXml(token)}</item></entry>`,
      `<name>${name}</name>`,
    );
  },
  'XML attribute': (token, random) => {
    const name = random.word();
    return plain(`<entry name="${name}" item="${escapeXml(token)}"/>`, `name="${name}"`);
  },
  'URL path': (token, random) => {
    const host = random.host();
    const inner = isPlain(token) ? token : encodeURIComponent(token);
    return plain(`see https://${host}/v1/${inner}/items`, host);
  },
  'URL query': (token, random) => {
    const host = random.host();
    return plain(
      `https://${host}/v1/items?page=2&x=${encodeURIComponent(token)}&sort=asc`,
      host,
      'page=2',
    );
  },
  CJK: (token, random) =>
    random.pick([
      plain(`这个是${token}，请保存好。`, '请保存好'),
      plain(`接続には${token}を使ってください`, 'を使ってください'),
      plain(`연결할 때 ${token}을 쓰세요`, '쓰세요'),
    ]),
  'log line': (token, random) => {
    const [time, word] = [random.time(), random.words(2)];
    return plain(
      `${time} INFO [worker-3] ${word} with ${token} took 12ms`,
      time,
      word,
      'took 12ms',
    );
  },
  'log brackets': (token, random) => {
    const word = random.words(2);
    return plain(`[${random.time()}] ${word}: [${token}] status 200`, word, 'status 200');
  },
  'object key': (token, random) => {
    const name = random.word();
    return plain({ clients: { [token]: { name, active: true } } }, name);
  },
  CSV: (token, random) => {
    const [a, b] = [random.word(), random.date()];
    return plain(`id,name,item,made\n17,${a},${token},${b}\n`, `17,${a},`, b);
  },
  equals: (token, random) => {
    const name = random.word();
    return plain(`${name}=${token}\nmode=fast\n`, 'mode=fast');
  },
  colon: (token, random) => {
    const name = random.word();
    return plain(`${name}: ${token}\nmode: fast\n`, 'mode: fast');
  },
  'quoted in a sentence': (token, random) => {
    const a = random.words(3);
    return plain(`it said "${token}" and then '${token}' for ${a}`, a);
  },
  markdown: (token, random) => {
    const a = random.words(2);
    return plain(`- **${a}**: \`${token}\`\n- next`, a, '- next');
  },
  'markdown table': (token, random) => {
    const a = random.word();
    return plain(`| name | item |\n|---|---|\n| ${a} | ${token} |\n`, `| ${a} |`);
  },
  'shell command': (token, random) => {
    const host = random.host();
    return plain(`client login ${token} --host ${host} && client run`, host);
  },
  'escaped newline': (token, random) => {
    const a = random.words(2);
    return plain(`${a}\\n${token}\\nlast`, a, 'last');
  },
  'HTML text': (token, random) => {
    const a = random.words(2);
    return plain(`<p>${a}: <code>${escapeXml(token)}</code></p>`, a);
  },
  'array of strings': (token, random) => {
    const a = random.words(2);
    return plain([a, token, 'last one'], a, 'last one');
  },
  'whole string': (token) => plain({ structuredContent: { result: token } }),
  'error message': (token, random) => {
    const host = random.host();
    return plain({ code: -32603, message: `401 from ${host}: bad credentials ${token}` }, host);
  },
  'stack trace': (token, random) => {
    const word = random.word();
    return plain(
      `Error: cannot open ${token}\n    at ${word} (/srv/app/${word}.js:12:7)`,
      `/srv/app/${word}.js:12:7`,
    );
  },
  diff: (token, random) => {
    const word = random.word();
    return plain(
      `@@ -1,2 +1,2 @@\n-  ${word}("${token}")\n+  ${word}(load())\n`,
      `+  ${word}(load())`,
    );
  },
  'angle brackets': (token, random) => {
    const a = random.words(2);
    return plain(`${a} <${token}> works`, a, 'works');
  },
  'ANSI colours': (token, random) => {
    const a = random.words(2);
    return plain(`\u001b[32m${a}\u001b[0m \u001b[1m${token}\u001b[0m ready`, a, 'ready');
  },
  'Cyrillic text': (token) =>
    plain(`Вот значение ${token}, сохраните его.`, 'Вот значение', 'сохраните его'),
  'Arabic text': (token) => plain(`هذه القيمة ${token} للحفظ`, 'للحفظ'),
  'emoji around': (token, random) => {
    const a = random.words(2);
    return plain(`${a} 👉${token}👈 all right`, a, 'all right');
  },
  'full-width brackets': (token) => plain(`值为「${token}」。请注意`, '请注意'),
  'URL fragment': (token, random) => {
    const host = random.host();
    return plain(`https://${host}/app#/${encodeURIComponent(token)}?tab=2`, host);
  },
  'URL form-encoded body': (token, random) => {
    const a = random.word();
    return plain(`mode=${a}&x=${encodeURIComponent(token)}&y=2`, `mode=${a}`, 'y=2');
  },
  'file name': (token, random) => {
    const a = random.word();
    return plain(
      `wrote /srv/${a}/${isPlain(token) ? token : encodeURIComponent(token)}.json (12 bytes)`,
      `/srv/${a}/`,
      '(12 bytes)',
    );
  },
  'quoted reply': (token, random) => {
    const a = random.words(3);
    return plain(`> ${a}\n> ${token}\n\nThanks`, a, 'Thanks');
  },
  'escaped quotes in code': (token, random) => {
    const a = random.word();
    return plain(`const text = "{\\"${a}\\":\\"${token}\\",\\"n\\":1}";`, a, 'const text');
  },
  'Python dict': (token, random) => {
    const a = random.word();
    return plain(`{'${a}': '${token}', 'n': 1, 'ok': True}`, a, "'ok': True");
  },
  'Python bytes': (token, random) => {
    const a = random.word();
    return plain(`${a} = b'${token}'\nprint(len(${a}))`, `print(len(${a}))`);
  },
  'Ruby hash': (token, random) => {
    const a = random.word();
    return plain(`{ :${a} => "${token}", :n => 1 }`, a, ':n => 1');
  },
  'SQL literal': (token, random) => {
    const a = random.word();
    return plain(`INSERT INTO ${a} (id, item) VALUES (7, '${token}');`, `INSERT INTO ${a}`);
  },
  'YAML list': (token, random) => {
    const a = random.word();
    return plain(`items:\n  - ${a}\n  - ${token}\n  - last\n`, `- ${a}`, '- last');
  },
  TOML: (token, random) => {
    const a = random.word();
    return plain(`[${a}]\nitem = "${token}"\nport = 8080\n`, `[${a}]`, 'port = 8080');
  },
  'custom header': (token, random) => {
    const host = random.host();
    return plain(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Item: ${token}\r\nAccept: */*\r\n`,
      host,
      'Accept: */*',
    );
  },
  'bearer header': (token, random) => {
    const host = random.host();
    return plain(`curl -H "Authorization: Bearer ${token}" https://${host}/v1`, host);
  },
  'shell variable': (token, random) => {
    const a = random.word();
    return plain(
      `${a.toUpperCase()}=${token.includes('$') ? `'${token}'` : token} ./run --fast`,
      './run --fast',
    );
  },
  heredoc: (token, random) => {
    const a = random.word();
    return plain(`cat > ${a}.txt <<EOF\n${token}\nEOF\necho done`, `cat > ${a}.txt`, 'echo done');
  },
  'no space after comma': (token, random) => {
    const [a, b] = [random.word(), random.word()];
    return plain(`${a},${token};${b}`, a, b);
  },
  'question and exclamation': (token, random) => {
    const a = random.words(3);
    return plain(`Is it ${token}? ${a}! It is ${token}!`, a);
  },
  'numbered list': (token, random) => {
    const a = random.words(2);
    return plain(`1. ${a}\n2. ${token}\n3. done`, a, '3. done');
  },
  'CRLF lines': (token, random) => {
    const a = random.words(2);
    return plain(`${a}\r\n${token}\r\nlast line`, a, 'last line');
  },
  'JSON lines': (token, random) => {
    const a = random.word();
    return plain(`{"n":1,"item":"${token.replace(/"/g, '')}"}\n{"n":2,"item":"${a}"}\n`, a);
  },
  'URL inside markdown': (token, random) => {
    const host = random.host();
    return plain(`[docs](https://${host}/a?x=${encodeURIComponent(token)}) here`, host, 'here');
  },
  GraphQL: (token, random) => {
    const a = random.word();
    return plain(`mutation { add(name: "${a}", item: "${token}") { id } }`, a, '{ id }');
  },
  'JavaScript template': (token, random) => {
    const a = random.word();
    return plain('const a = `' + `\${${a}} ${token} \${${a}}` + '`;', a);
  },
  'XML CDATA': (token, random) => {
    const a = random.word();
    return plain(`<item><![CDATA[${token}]]></item><name>${a}</name>`, `<name>${a}</name>`);
  },
  'after a long text': (token, random) => {
    const a = random.words(8);
    return plain(`${`${a} `.repeat(60)}${token} end`, a, ' end');
  },
  'twice in a line': (token, random) => {
    const a = random.words(2);
    return plain(`${token} ${a} ${token}`, a);
  },
  'tabs and pipes': (token, random) => {
    const word = random.word();
    return plain(`${word}\t${token}\t3\n`, word);
  },
};

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
