import { statSync } from 'node:fs';
import { parse } from 'node:path';
import type { Finding } from '../../config/document.ts';
import type { Linted } from '../../config/lint.ts';
import { isTuned, settingsFindings } from '../../config/settings.ts';
import { builtInPipelines, loadPipelines } from '../../pipeline/load.ts';
import { allowTypeScript } from '../../threads/typescript.ts';

/** Whether the folder of pipelines is there, and they have the settings that organisations set. Those that do not load are told elsewhere. */
export async function checkSettings(linted: Linted): Promise<readonly Finding[]> {
  const { pipelines: folder = builtInPipelines } = linted.config;
  if (!isFolder(folder)) {
    return linted.faultsAt([
      { path: ['pipelines'], severity: 'error', message: `there is no such folder of pipelines: ${folder}` },
    ]);
  }
  await allowTypeScript(folder);
  if (!isTuned(linted.config)) return [];
  const { pipelines, faults } = await loadPipelines(folder);
  // What can be set of those nobody knows; a pipeline has the name of its file.
  const broken = faults.map(({ loading }) => ({ name: parse(loading).name, settings: { faults: () => [] } }));
  return settingsFindings(linted, [...pipelines.map(({ pipeline }) => pipeline), ...broken]);
}

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
