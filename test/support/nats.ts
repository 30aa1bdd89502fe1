import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { minded } from './children.ts';
import { newFolder, removeFolder } from './folder.ts';
import { freePort } from './port.ts';

/** A real nats-server with JetStream, as a child process of the test. */
export interface TestNats {
  readonly url: string;
  readonly dir: string;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** Starts it again on the same port and directory. */
  restart(): Promise<void>;
  /** Ends it and removes the directory, if it made it. */
  stop(): Promise<void>;
}

/** Why tests that need a nats-server are skipped here; undefined where it is installed. */
export function natsMissing(): string | undefined {
  const { error } = spawnSync('nats-server', ['--version']);
  return error && 'nats-server is not installed: https://docs.nats.io/running-a-nats-service/introduction/installation';
}

export interface NatsOptions {
  readonly port?: number;
  /** Kept by `stop` when given. */
  readonly dir?: string;
  readonly jetstream?: false | { readonly maxFileStoreBytes: number };
  /** More lines for the server's configuration. */
  readonly config?: string;
}

export async function startNats(options: NatsOptions = {}): Promise<TestNats> {
  const dir = options.dir ?? newFolder();
  mkdirSync(dir, { recursive: true });
  const port = options.port ?? (await freePort());
  let child = await launch(dir, port, options);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    dir,
    kill,
    async restart() {
      await kill();
      child = await launch(dir, port, options);
    },
    async stop() {
      await kill();
      if (options.dir === undefined) removeFolder(dir);
    },
  };
}

async function launch(dir: string, port: number, options: NatsOptions): Promise<ChildProcess> {
  const config = join(dir, 'nats.conf');
  writeFileSync(config, [`listen: "127.0.0.1:${port}"`, jetstreamBlock(dir, options), options.config].join('\n'));
  const child = minded(spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] }));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!line.includes('Server is ready')) continue;
    // Nobody reads on, and a full pipe would stop the server.
    child.stderr.resume();
    return child;
  }
  throw new Error(`nats-server did not start:\n${said.join('\n')}`);
}

function jetstreamBlock(dir: string, { jetstream }: NatsOptions): string {
  if (jetstream === false) return '';
  const limit = jetstream ? `max_file_store: ${jetstream.maxFileStoreBytes}` : '';
  return `jetstream { store_dir: "${dir}", ${limit} }`;
}
