import { styleText } from 'node:util';
import { Command } from 'commander';
import { inOrder, type Finding } from '../../config/document.ts';
import { findingText, lintFile } from '../../config/load.ts';
import { builtInPipelines } from '../../pipeline/load.ts';
import { CommandFailed, withCommonOptions, type CommonOptions, type Context } from '../context.ts';
import { withProgress } from '../output.ts';

/** What one part of the check looked at, and what is wrong there. */
export interface Checked {
  /** `7 pipelines with 23 cases`. */
  readonly what: string;
  readonly findings: readonly Finding[];
}

/** `weir check`: configuration, pipelines, schemas and connections, each fault with file and line. */
export function checkCommand(context: Context): Command {
  return withCommonOptions(new Command('check'))
    .description('configuration, pipelines, schemas and connections: every fault with file and line')
    .option('--offline', 'leaves the connections out')
    .action(async (options: CommonOptions & { readonly offline?: true }) => {
      const checked = await withProgress(context, 'checking', () => checkAll(context, options));
      const findings = checked.flatMap((part) => part.findings);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      const looked = checked.map(({ what }) => what);
      if (options.json) context.out(`${JSON.stringify({ ok: errors === 0, checked: looked, findings })}\n`);
      else context.out(text(findings, looked, context));
      if (errors > 0) throw new CommandFailed(`${errors} ${errors === 1 ? 'fault' : 'faults'}`);
    });
}

async function checkAll(
  { env, cwd }: Context,
  { config: file, offline }: CommonOptions & { readonly offline?: true },
): Promise<readonly Checked[]> {
  const [{ checkPipelines }, { checkSettings }, { checkSchemas }, { checkConnections }, { sourceNames }] =
    await parts();
  const linted = lintFile({ env, cwd, sources: sourceNames, ...(file !== undefined && { file }) });
  const { config } = linted;
  const pipelines = await checkPipelines(config.pipelines ?? builtInPipelines);
  return [
    { what: 'configuration', findings: inOrder([...linted.findings, ...(await checkSettings(linted))]) },
    pipelines,
    await checkSchemas(),
    ...(offline ? [] : [await checkConnections(linted)]),
  ];
}

/** Loaded when they are wanted: they bring half of weir with them. */
function parts() {
  return Promise.all([
    import('../check/pipelines.ts'),
    import('../check/settings.ts'),
    import('../check/schemas.ts'),
    import('../check/connections.ts'),
    import('../sources.ts'),
  ]);
}

function text(findings: readonly Finding[], looked: readonly string[], { cwd, outIsTerminal }: Context): string {
  const lines = findings.map((finding) => {
    const line = findingText(finding, cwd);
    if (!outIsTerminal) return line;
    return styleText(finding.severity === 'error' ? 'red' : 'yellow', line);
  });
  return `${[...lines, `looked at: ${looked.join(', ')}`].join('\n')}\n`;
}
