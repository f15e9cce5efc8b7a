/**
 * A Docker daemon of the test's own: own data, own socket, own pid, all in one folder. Where one runs already the test
 * skips: two share network names and rules, and its images would be shadowed. Needs root and Debian's `docker.io`;
 * nothing is installed here.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../programs.ts';
import { eventually } from '../wait.ts';

/** Why compose cannot be run on this machine, or undefined. */
export function whyNoDocker(): string | undefined {
  if (process.getuid?.() !== 0) return 'skipped: Docker needs root here';
  for (const command of ['dockerd', 'docker', 'debootstrap', 'iptables', 'tar']) {
    if (!onPath(command)) {
      return `skipped: no ${command} (apt-get install docker.io debootstrap iptables)`;
    }
  }
  if (existsSync('/var/run/docker.pid')) {
    return 'skipped: a Docker daemon runs here already, and images would be made under official names';
  }
  const compose = findProgram('docker-compose');
  return compose === undefined
    ? 'skipped: no docker-compose binary (npm run programs -- compose)'
    : undefined;
}

export class Docker {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #daemon: ChildProcess;
  readonly #folder: string;

  private constructor(daemon: ChildProcess, folder: string, socket: string) {
    this.#daemon = daemon;
    this.#folder = folder;
    const { PATH, HOME } = process.env;
    this.#environment = { PATH, HOME, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' };
  }

  /** Starts a daemon in `folder` and waits until it answers. */
  static async start(folder: string): Promise<Docker> {
    const socket = join(folder, 'docker.sock');
    const log = openSync(join(folder, 'dockerd.log'), 'a');
    const daemon = spawn(
      'dockerd',
      [
        ['--data-root', join(folder, 'data')],
        ['--exec-root', join(folder, 'exec')],
        ['--pidfile', join(folder, 'dockerd.pid')],
        ['--host', `unix://${socket}`],
      ].flat(),
      { stdio: ['ignore', log, log] },
    );
    const docker = new Docker(daemon, folder, socket);
    try {
      await eventually(
        () => docker.#answers(),
        60_000,
        () => 'the Docker daemon answers',
      );
    } catch (error) {
      await docker.stop();
      const lines = readFileSync(join(folder, 'dockerd.log'), 'utf8').split('\n').slice(-10);
      throw new Error(`dockerd did not start:\n${lines.join('\n')}`, { cause: error });
    }
    return docker;
  }

  #answers(): boolean {
    if (this.#daemon.exitCode !== null) throw new Error(`it ended with ${this.#daemon.exitCode}`);
    try {
      this.run(['version']);
      return true;
    } catch {
      return false;
    }
  }

  /** Runs `docker`; its standard output. The error has what it wrote to stderr. */
  run(args: readonly string[]): string {
    return this.#execute('docker', args);
  }

  /** Runs Docker Compose v5 on this daemon. */
  compose(args: readonly string[], extra: NodeJS.ProcessEnv = {}): string {
    const compose = findProgram('docker-compose') ?? 'docker-compose';
    return this.#execute(compose, args, extra);
  }

  build(context: string, tag: string, file: string): void {
    const where = ['--network=host', '-q', '-t', tag, '-f', join(context, file), context];
    this.run(['build', ...where]);
  }

  importArchive(archive: string, tag: string, changes: readonly string[]): void {
    this.run(['import', ...changes.flatMap((change) => ['-c', change]), archive, tag]);
  }

  /** Ends the daemon and with it all containers; its folder can be removed then. */
  async stop(): Promise<void> {
    await this.#end();
    // The daemon leaves the name of a network namespace mounted (exec/netns/default).
    const mounted = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.#folder}/`));
    for (const path of mounted.toReversed()) execFileSync('umount', ['-l', path]);
  }

  async #end(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
    daemon.kill('SIGTERM');
    const timer = setTimeout(() => daemon.kill('SIGKILL'), 90_000);
    await ended;
    clearTimeout(timer);
  }

  #execute(command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): string {
    try {
      return execFileSync(command, args, {
        env: { ...this.#environment, ...extra },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 * 1024 * 1024,
        timeout: 900_000,
      });
    } catch (error) {
      const { stderr, stdout } = error as { stderr?: string; stdout?: string };
      const said = `${stdout ?? ''}${stderr ?? ''}`.slice(-3_000);
      throw new Error(`${command} ${args.join(' ').slice(0, 300)} failed: ${said}`, {
        cause: error,
      });
    }
  }
}

function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
