/** Group `struct`, part two: configuration files, key blocks, diffs and SQL. */
import type { Template } from './template.ts';

export const FILES: readonly Template[] = [
  [
    '.env',
    `# database\nDB_HOST=‹H›\nDB_USER=‹U›\nDB_PASSWORD=‹S›\nAPP_MODE=fast\nSECRET_KEY_BASE=‹X›‹X2›\n`,
    'APP_MODE=fast',
    '# database',
  ],
  ['.env quoted', `DB_HOST="‹H›"\nDB_PASS="‹P›"\nJWT_SECRET='‹M›'\nDEBUG=false\n`, 'DEBUG=false'],
  ['.env export', `export API_KEY=‹M›\nexport REGION=eu-west-1\n`, 'REGION=eu-west-1'],
  [
    'ini',
    `[database]\nhost = ‹H›\nuser = ‹U›\npassword = ‹P›\n\n[log]\nlevel = warn\n`,
    '[log]',
    'level = warn',
  ],
  ['my.cnf', `[client]\nuser=‹U›\npassword="‹P›"\nhost=‹H›\nport=3306\n`, 'port=3306'],
  [
    'toml',
    `title = "shop"\n[database]\nhost = "‹H›"\npassword = "‹S›"\nports = [8000, 8001]\n`,
    'ports = [8000, 8001]',
  ],
  ['toml inline', `db = { host = "‹H›", password = "‹S›", pool = 5 }\n`, 'pool = 5'],
  [
    'yaml',
    `database:\n  host: ‹H›\n  username: ‹U›\n  password: ‹S›\nlogging:\n  level: warn\n`,
    'level: warn',
  ],
  ['yaml flow', `database: { host: ‹H›, password: ‹S›, pool: 5 }\n`, 'pool: 5'],
  ['yaml comment', `api_key: ‹M› # made ‹D›\nregion: eu\n`, 'region: eu'],
  ['yaml folded', `private_token: >-\n  ‹M›\nregion: eu\n`, 'region: eu'],
  [
    'properties',
    `spring.datasource.username=‹U›\nspring.datasource.password=‹S›\nserver.port=8080\n`,
    'server.port=8080',
  ],
  ['properties colon', `db.user: ‹U›\ndb.password: ‹S›\nlog: warn\n`, 'log: warn'],
  [
    '.npmrc',
    `registry=https://‹H›/\n//‹H›/:_authToken=‹M›\nalways-auth=true\n`,
    'always-auth=true',
  ],
  [
    '.npmrc old',
    `//‹H›/:username=‹U›\n//‹H›/:_password=‹K›=\nsave-exact=true\n`,
    'save-exact=true',
  ],
  ['.npmrc _auth', `_auth=‹B›\nemail=none\nregistry=https://‹H›/\n`],
  [
    '.yarnrc.yml',
    `npmScopes:\n  shop:\n    npmRegistryServer: "https://‹H›"\n    npmAuthToken: "‹M›"\n`,
    'npmScopes',
  ],
  ['.netrc', `machine ‹H›\n  login ‹U›\n  password ‹S›\n`, 'machine'],
  [
    '.netrc one line',
    `machine ‹H› login ‹U› password ‹S›\nmachine ‹H2› login ‹U2› password ‹S2›\n`,
  ],
  ['.pgpass', `‹H›:5432:shop:‹U›:‹S›\n‹H2›:5432:*:‹U2›:‹S2›\n`, ':5432:shop:'],
  [
    '.pypirc',
    `[distutils]\nindex-servers = pypi\n\n[pypi]\nrepository = https://‹H›/legacy/\nusername = __token__\npassword = ‹M›\n`,
    'username = __token__',
  ],
  ['pip.conf', `[global]\nindex-url = https://‹U›:‹S›@‹H›/simple\ntimeout = 60\n`, 'timeout = 60'],
  [
    'maven settings',
    `<settings><servers><server><id>shop</id><username>‹U›</username><password>‹P›</password></server></servers></settings>`,
    '<id>shop</id>',
  ],
  [
    'gradle.properties',
    `org.gradle.jvmargs=-Xmx2g\nsigning.password=‹S›\nossrhPassword=‹S2›\nossrhUsername=‹U›\n`,
    'org.gradle.jvmargs=-Xmx2g',
  ],
  [
    'nuget.config',
    `<packageSourceCredentials><shop><add key="Username" value="‹U›" /><add key="ClearTextPassword" value="‹S›" /></shop></packageSourceCredentials>`,
    'Username',
  ],
  [
    'web.config',
    `<connectionStrings><add name="Shop" connectionString="Server=‹H›;Database=shop;User Id=‹U›;Password=‹S›;" providerName="System.Data.SqlClient"/></connectionStrings>`,
    'Database=shop',
    'providerName="System.Data.SqlClient"',
  ],
  [
    'appsettings.json',
    `{"ConnectionStrings":{"Main":"Host=‹H›;Username=‹U›;Password=‹S›;Database=shop"},"Logging":{"LogLevel":"Warning"}}`,
    'Database=shop',
    '"LogLevel":"Warning"',
  ],
  [
    'kubeconfig token',
    `apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://‹H›:6443\n  name: shop\nusers:\n- name: ‹U›\n  user:\n    token: ‹J›\n`,
    'kind: Config',
    'name: shop',
  ],
  [
    'kubeconfig key',
    `users:\n- name: ‹U›\n  user:\n    client-key-data: ‹M›‹M2›‹M3›\ncurrent-context: shop\n`,
    'current-context: shop',
  ],
  [
    'kubeconfig password',
    `users:\n- name: ‹U›\n  user:\n    password: ‹S›\n    username: admin\ncurrent-context: shop\n`,
    'current-context: shop',
  ],
  [
    'docker config',
    `{"auths":{"‹H›":{"auth":"‹B›"}},"credsStore":"desktop"}`,
    '"credsStore":"desktop"',
  ],
  [
    'docker config identity',
    `{"auths":{"‹H›":{"identitytoken":"‹M›"}},"HttpHeaders":{"User-Agent":"Docker-Client/27"}}`,
    'Docker-Client/27',
  ],
  [
    'compose',
    `services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ‹S›\n      POSTGRES_DB: shop\n`,
    'image: postgres:17',
    'POSTGRES_DB: shop',
  ],
  [
    'compose list',
    `    environment:\n      - MYSQL_ROOT_PASSWORD=‹S›\n      - MYSQL_DATABASE=shop\n    ports: ["3306:3306"]\n`,
    'MYSQL_DATABASE=shop',
  ],
  [
    'aws credentials',
    `[default]\naws_access_key_id = ‹W›\naws_secret_access_key = ‹K›\nregion = eu-west-1\n`,
    'region = eu-west-1',
  ],
  [
    'aws credentials session',
    `[dev]\naws_secret_access_key=‹K›\naws_session_token=‹M›‹M2›‹M3›\nregion=eu-west-1\n`,
    'region=eu-west-1',
  ],
  [
    'boto',
    `[Credentials]\ngs_service_key_file = /srv/k.json\ngs_secret_access_key = ‹K›\n`,
    '[Credentials]',
  ],
  [
    'rclone',
    `[store]\ntype = s3\naccess_key_id = ‹W›\nsecret_access_key = ‹K›\nregion = eu\n`,
    'type = s3',
    'region = eu',
  ],
  ['s3cfg', `[default]\nhost_base = ‹H›\nsecret_key = ‹K›\nuse_https = True\n`, 'use_https = True'],
  ['git-credentials', `https://‹U›:‹M›@‹H›\n`],
  [
    'gitconfig',
    `[remote "origin"]\n\turl = https://‹U›:‹M›@‹H›/app.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
    'fetch = +refs/heads/*',
  ],
  [
    'git extraheader',
    `[http "https://‹H›/"]\n\textraheader = AUTHORIZATION: basic ‹B›\n[core]\n\tbare = false\n`,
    'bare = false',
  ],
  [
    'hosts.yml',
    `‹H›:\n    user: ‹U›\n    oauth_token: ‹M›\n    git_protocol: https\n`,
    'git_protocol: https',
  ],
  ['cargo credentials', `[registry]\ntoken = "‹M›"\n[net]\nretry = 3\n`, 'retry = 3'],
  ['gem credentials', `---\n:rubygems_api_key: ‹M›\n:other: fine\n`, ':other: fine'],
  ['composer auth', `{"http-basic":{"‹H›":{"username":"‹U›","password":"‹S›"}}}`, 'http-basic'],
  [
    'composer github-oauth',
    `{"github-oauth":{"github.com":"‹M›"},"config":{"sort":true}}`,
    '"sort":true',
  ],
  [
    'wp-config',
    `define('DB_NAME', 'shop');\ndefine('DB_USER', '‹U›');\ndefine('DB_PASSWORD', '‹P›');\ndefine('AUTH_KEY', '‹M›');\n`,
    "define('DB_NAME', 'shop');",
  ],
  [
    'rails database.yml',
    `production:\n  adapter: postgresql\n  host: ‹H›\n  password: <%= ENV['X'] || '‹S›' %>\n`,
    'adapter: postgresql',
  ],
  [
    'rails master key',
    `config/master.key\nRAILS_MASTER_KEY=‹X›\nRAILS_ENV=production\n`,
    'RAILS_ENV=production',
  ],
  ['laravel .env', `APP_NAME=shop\nAPP_KEY=base64:‹K›abc=\nDB_PASSWORD=‹S›\n`, 'APP_NAME=shop'],
  [
    'django settings',
    `DEBUG = False\nSECRET_KEY = 'django-insecure-‹M›'\nALLOWED_HOSTS = ['‹H›']\n`,
    'DEBUG = False',
  ],
  [
    'ssh config',
    `Host ‹W›\n  HostName ‹H›\n  User ‹U›\n  ProxyCommand sshpass -p ‹S› ssh -W %h:%p jump\n`,
    'ssh -W %h:%p jump',
  ],
  [
    'wpa_supplicant',
    `network={\n  ssid="‹W›"\n  psk="‹S›"\n  key_mgmt=WPA-PSK\n}\n`,
    'key_mgmt=WPA-PSK',
  ],
  [
    'wireguard',
    `[Interface]\nPrivateKey = ‹K›aB=\nAddress = 10.0.0.2/32\n\n[Peer]\nPresharedKey = ‹K2›cD=\nEndpoint = ‹H›:51820\n`,
    'Address = 10.0.0.2/32',
  ],
  [
    'openvpn auth',
    `client\nremote ‹H› 1194\n<auth-user-pass>\n‹U›\n‹S›\n</auth-user-pass>\n`,
    '1194',
  ],
  ['smb credentials', `username=‹U›\npassword=‹P›\ndomain=SHOP\n`, 'domain=SHOP'],
  ['fstab', `//‹H›/share /mnt cifs username=‹U›,password=‹S›,vers=3.0 0 0\n`, 'vers=3.0'],
  ['postfix sasl', `[‹H›]:587 ‹U›:‹S›\n`, ']:587'],
  ['msmtprc', `account shop\nhost ‹H›\nuser ‹U›\npassword ‹S›\ntls on\n`, 'tls on'],
  ['fetchmailrc', `poll ‹H› protocol IMAP user "‹U›" password "‹S›" keep\n`, 'protocol IMAP'],
  [
    'redis.conf',
    `port 6379\nrequirepass ‹S›\nmasterauth ‹S2›\nmaxmemory 1gb\n`,
    'port 6379',
    'maxmemory 1gb',
  ],
  ['mosquitto', `listener 1883\nremote_username ‹U›\nremote_password ‹S›\n`, 'listener 1883'],
  [
    'rabbitmq.conf',
    `default_user = ‹U›\ndefault_pass = ‹S›\nlisteners.tcp.default = 5672\n`,
    'listeners.tcp.default = 5672',
  ],
  [
    'pgbouncer userlist',
    `"‹U›" "‹S›"\n;; password list of pgbouncer userlist.txt\n`,
    'userlist.txt',
  ],
  [
    'grafana.ini',
    `[security]\nadmin_user = ‹U›\nadmin_password = ‹S›\nsecret_key = ‹M›\n[server]\nhttp_port = 3000\n`,
    'http_port = 3000',
  ],
  [
    'alertmanager',
    `receivers:\n- name: oncall\n  pagerduty_configs:\n  - routing_key: ‹X›\n    severity: error\n`,
    'severity: error',
    'name: oncall',
  ],
  [
    'prometheus basic',
    `scrape_configs:\n- job_name: shop\n  basic_auth:\n    username: ‹U›\n    password: ‹S›\n`,
    'job_name: shop',
  ],
  [
    'prometheus bearer',
    `- job_name: shop\n  authorization:\n    type: Bearer\n    credentials: ‹M›\n  static_configs:\n  - targets: ['‹H›:9100']\n`,
    'job_name: shop',
  ],
  [
    'traefik users',
    `http:\n  middlewares:\n    auth:\n      basicAuth:\n        users:\n          - "‹U›:$2y$10$‹C›"\n`,
    'basicAuth',
  ],
  [
    'ansible inventory',
    `[web]\n‹H› ansible_user=‹U› ansible_password=‹S› ansible_port=22\n`,
    'ansible_port=22',
  ],
  ['ansible become', `ansible_become_pass: ‹S›\nansible_host: ‹H›\n`],
  [
    'terraform tfvars',
    `region      = "eu-west-1"\ndb_password = "‹S›"\nreplicas    = 3\n`,
    'replicas    = 3',
  ],
  [
    'terraform provider',
    `provider "datadog" {\n  api_key = "‹X›"\n  app_key = "‹M›"\n  api_url = "https://‹H›/"\n}\n`,
    'provider "datadog"',
  ],
  [
    'terraformrc',
    `credentials "‹H›" {\n  token = "‹M›"\n}\nplugin_cache_dir = "/srv/tf"\n`,
    '/srv/tf',
  ],
  [
    'helm values',
    `auth:\n  username: ‹U›\n  existingSecret: ""\n  postgresPassword: ‹S›\nreplicaCount: 2\n`,
    'replicaCount: 2',
  ],
  [
    'k8s secret stringData',
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-db\nstringData:\n  username: ‹U›\n  password: ‹S›\ntype: Opaque\n`,
    'name: shop-db',
    'type: Opaque',
  ],
  [
    'k8s env value',
    `        env:\n        - name: DB_PASSWORD\n          value: "‹S›"\n        - name: MODE\n          value: "fast"\n`,
    'value: "fast"',
    'name: DB_PASSWORD',
  ],
  [
    'github workflow',
    `      - run: ./deploy\n        env:\n          API_TOKEN: ‹M›\n          REGION: eu\n`,
    'REGION: eu',
    'run: ./deploy',
  ],
  [
    'gitlab ci',
    `deploy:\n  variables:\n    DEPLOY_PASSWORD: "‹S›"\n    REGION: eu\n  script: [./deploy]\n`,
    'script: [./deploy]',
  ],
  [
    'jenkins xml',
    `<com.cloudbees.Credentials><id>shop</id><username>‹U›</username><password>‹S›</password></com.cloudbees.Credentials>`,
    '<id>shop</id>',
  ],
  [
    'tomcat users',
    `<tomcat-users><user username="‹U›" password="‹P›" roles="manager-gui"/></tomcat-users>`,
    'roles="manager-gui"',
  ],
  [
    'server.xml',
    `<Connector port="8443" keystoreFile="conf/a.jks" keystorePass="‹S›" clientAuth="false"/>`,
    'port="8443"',
    'clientAuth="false"',
  ],
  [
    'hibernate',
    `<property name="connection.username">‹U›</property><property name="connection.password">‹P›</property><property name="pool_size">5</property>`,
    '<property name="pool_size">5</property>',
  ],
  [
    'plist',
    `<dict><key>Username</key><string>‹U›</string><key>Password</key><string>‹S›</string><key>Mode</key><string>fast</string></dict>`,
    '<string>fast</string>',
  ],
  [
    'android strings',
    `<resources><string name="app_name">Shop</string><string name="google_maps_key">‹M›</string></resources>`,
    '<string name="app_name">Shop</string>',
  ],
  [
    'firebase json',
    `{"type":"service_account","project_id":"shop","private_key_id":"kid1","private_key":"-----BEGIN PRIVATE KEY-----\\n‹M›‹M2›\\n-----END PRIVATE KEY-----\\n","client_email":"none"}`,
    '"project_id":"shop"',
    '"type":"service_account"',
  ],
  [
    'MCP client config',
    `{"mcpServers":{"shop":{"command":"npx","args":["-y","shop-server"],"env":{"SHOP_API_KEY":"‹M›"}}}}`,
    '"command":"npx"',
    'shop-server',
  ],
  [
    'vscode settings',
    `{"editor.tabSize":2,"openai.apiKey":"‹M›","http.proxy":"http://‹U›:‹S›@‹H›:3128"}`,
    '"editor.tabSize":2',
  ],
  [
    'filezilla',
    `<Server><Host>‹H›</Host><User>‹U›</User><Pass encoding="base64">‹M›</Pass></Server>`,
    '<Server>',
  ],
  [
    'heroku netrc',
    `machine ‹H›\n  login ‹U›\n  password ‹X›\nmachine ‹H2›\n  login ‹U2›\n  password ‹X2›\n`,
  ],
  [
    'systemd',
    `[Service]\nEnvironment="MODE=fast" "API_TOKEN=‹M›"\nExecStart=/usr/bin/app\n`,
    'MODE=fast',
    'ExecStart=/usr/bin/app',
  ],
  [
    'supervisor',
    `[program:app]\nenvironment=MODE="fast",DB_PASSWORD="‹S›"\ncommand=/srv/app\n`,
    'MODE="fast"',
    'command=/srv/app',
  ],
  ['apache env', `SetEnv MODE fast\nSetEnv DB_PASSWORD ‹S›\nServerName ‹H›\n`, 'SetEnv MODE fast'],
  [
    'fastcgi',
    `fastcgi_param MODE fast;\nfastcgi_param DB_PASSWORD ‹S›;\nlisten 80;\n`,
    'listen 80;',
  ],
  [
    'reg file',
    `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Shop]\r\n"Server"="‹H›"\r\n"Password"="‹S›"\r\n`,
    'HKEY_LOCAL_MACHINE',
  ],
  ['caddy', `basic_auth {\n  ‹U› $2a$14$‹C›\n}\nrespond "fine"\n`, 'respond "fine"'],
  ['htpasswd line', `‹U›:$2y$10$‹C›\nother-line fine\n`, 'other-line fine'],
  ['shadow', `‹U›:$6$abcdefgh$‹Z›:19700:0:99999:7:::\n`, ':19700:0:99999:7:::'],
];

export const BLOCKS: readonly Template[] = [
  [
    'PEM',
    `-----BEGIN PRIVATE KEY-----\n‹E›\n-----END PRIVATE KEY-----\nafter the key\n`,
    'after the key',
  ],
  [
    'PEM RSA',
    `before\n-----BEGIN RSA PRIVATE KEY-----\n‹E›\n-----END RSA PRIVATE KEY-----\nafter`,
    'before',
    'after',
  ],
  ['PEM EC', `-----BEGIN EC PRIVATE KEY-----\n‹E›\n-----END EC PRIVATE KEY-----\nafter`, 'after'],
  [
    'PEM DSA',
    `-----BEGIN DSA PRIVATE KEY-----\n‹E›\n-----END DSA PRIVATE KEY-----\nafter`,
    'after',
  ],
  ['PEM OpenSSH', `-----BEGIN OPENSSH PRIVATE KEY-----\n‹E›\n-----END OPENSSH PRIVATE KEY-----\n`],
  [
    'PEM encrypted',
    `-----BEGIN ENCRYPTED PRIVATE KEY-----\n‹E›\n-----END ENCRYPTED PRIVATE KEY-----\n`,
  ],
  [
    'PEM with headers',
    `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n‹E›\n-----END RSA PRIVATE KEY-----\n`,
  ],
  [
    'PGP',
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG\n\n‹E›\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----\n`,
  ],
  [
    'SSH2',
    `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "‹W›"\n‹E›\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n`,
  ],
  ['PEM unclosed', `-----BEGIN PRIVATE KEY-----\n‹E›\n`],
  [
    'PEM unclosed, cut in a line',
    `key file:\n-----BEGIN RSA PRIVATE KEY-----\n‹E›\n‹M›`,
    'key file:',
  ],
  [
    'PEM escaped newlines',
    `key = "-----BEGIN PRIVATE KEY-----\\n‹M›\\n‹M2›\\n‹M3›\\n-----END PRIVATE KEY-----\\n"; mode = "fast"`,
    'mode = "fast"',
  ],
  [
    'PEM twice escaped',
    `{"text":"{\\"k\\":\\"-----BEGIN PRIVATE KEY-----\\\\n‹M›\\\\n‹M2›\\\\n-----END PRIVATE KEY-----\\\\n\\",\\"mode\\":\\"fast\\"}"}`,
    'fast',
  ],
  [
    'PEM on one line',
    `-----BEGIN PRIVATE KEY----- ‹M›‹M2› ‹M3› -----END PRIVATE KEY----- and more`,
    'and more',
  ],
  [
    'PEM CRLF',
    `-----BEGIN PRIVATE KEY-----\r\n‹M›‹M2›\r\n‹M3›\r\n-----END PRIVATE KEY-----\r\nafter`,
    'after',
  ],
  [
    'PEM indented in YAML',
    `tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    ‹M›‹M2›\n    ‹M3›\n    -----END PRIVATE KEY-----\n  port: 443\n`,
    'port: 443',
  ],
  [
    'PEM in a diff',
    `@@ -1,3 +0,0 @@\n------BEGIN PRIVATE KEY-----\n-‹M›‹M2›\n-‹M3›\n------END PRIVATE KEY-----\n context line\n`,
    ' context line',
  ],
  [
    'PEM with line numbers',
    `1\t-----BEGIN PRIVATE KEY-----\n2\t‹M›‹M2›\n3\t‹M3›\n4\t-----END PRIVATE KEY-----\n5\tafter\n`,
    'after',
  ],
  [
    'PEM quoted per line',
    `"-----BEGIN PRIVATE KEY-----\\n" +\n"‹M›‹M2›\\n" +\n"‹M3›\\n" +\n"-----END PRIVATE KEY-----\\n"\n`,
  ],
  [
    'two PEM blocks',
    `-----BEGIN PRIVATE KEY-----\n‹E›\n-----END PRIVATE KEY-----\nmiddle words\n-----BEGIN RSA PRIVATE KEY-----\n‹M›‹M2›\n-----END RSA PRIVATE KEY-----\n`,
    'middle words',
  ],
  [
    'certificate then key',
    `-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUdGVzdA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n‹E›\n-----END PRIVATE KEY-----\n`,
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
