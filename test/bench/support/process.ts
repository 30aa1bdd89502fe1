import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What is measured, or what drives it: made once, then asked round after round, so that it is warm. */
export interface Runner<Ask, Answer> {
  run(ask: Ask): Promise<Answer>;
  stop(): Promise<void>;
}

type Make<Settings, Ask, Answer> = (settings: Settings) => Promise<Runner<Ask, Answer>>;

/** Flags for every process that is measured, such as those for a profile. */
let flags: readonly string[] = [];
export const setFlags = (more: readonly string[]): void => {
  flags = more;
};

/**
 * Makes a runner in a process of its own, so that what it costs is nobody else's. `make` is exported by its module under its
 * own name; settings, asks and answers go over as JSON. Rejects with what was thrown there.
 */
export async function inOwnProcess<Settings, Ask, Answer>(
  module: string,
  make: Make<Settings, Ask, Answer>,
  settings: Settings,
  own: readonly string[] = [],
): Promise<Runner<Ask, Answer>> {
  const child = fork(fileURLToPath(import.meta.url), [fileURLToPath(module), make.name, JSON.stringify(settings)], {
    execArgv: [...process.execArgv, ...flags, ...own],
  });
  const exited = once(child, 'exit');
  let settle: ((reply: Reply<Answer>) => void) | undefined;
  child.on('message', (text) => {
    const reply: Reply<Answer> = JSON.parse(textOf(text));
    settle?.(reply);
  });
  child.on('exit', (code, signal) => settle?.({ error: `${make.name} ended: ${signal ?? code}` }));

  const answer = () =>
    new Promise<Answer>((resolve, reject) => {
      settle = (reply) => ('error' in reply ? reject(new Error(reply.error)) : resolve(reply.answer));
    });
  await answer();
  return {
    run(ask) {
      const answered = answer();
      child.send(JSON.stringify({ ask }));
      return answered;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      settle = undefined;
      child.send(JSON.stringify({ stop: true }));
      await exited;
    },
  };
}

type Reply<Answer> = { readonly answer: Answer } | { readonly error: string };
/** All that goes over is text. */
const textOf = (message: unknown): string => (typeof message === 'string' ? message : 'null');

type Demand = { readonly ask: unknown } | { readonly stop: true };

/** The other side: makes the runner and answers until it is told to stop, or nobody is there to ask. */
async function serve(module: string, name: string, settings: unknown): Promise<void> {
  const loaded: Record<string, Make<unknown, unknown, unknown>> = await import(pathToFileURL(module).href);
  const make = loaded[name];
  if (!make) throw new RangeError(`${module} exports no ${name}`);
  const runner = await make(settings);
  process.on('message', (text) => {
    const demand: Demand = JSON.parse(textOf(text));
    void ('ask' in demand ? answering(() => runner.run(demand.ask)) : runner.stop().finally(leave));
  });
  process.on('disconnect', leave);
  say({ answer: null });
}

async function answering(work: () => Promise<unknown>): Promise<void> {
  try {
    say({ answer: (await work()) ?? null });
  } catch (error) {
    say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const say = (reply: Reply<unknown>) => process.send?.(JSON.stringify(reply));
const leave = () => process.exit(0);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , module = '', name = '', settings = 'null'] = process.argv;
  const ended = (error: unknown) => {
    say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  };
  process.on('unhandledRejection', ended);
  // Not awaited here: the module that is served imports this one, and would wait for it.
  serve(module, name, JSON.parse(settings)).catch(ended);
}
