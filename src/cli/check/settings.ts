import { existsSync } from 'node:fs';
import { parse } from 'node:path';
import type { Finding } from '../../config/document.ts';
import type { Linted } from '../../config/lint.ts';
import { isTuned, settingsFindings } from '../../config/settings.ts';
import { builtInPipelines, loadPipelines } from '../../pipeline/load.ts';

/** Whether the pipelines have the settings that organisations set. Pipelines that do not load, or are not there, are told elsewhere. */
export async function checkSettings(linted: Linted): Promise<readonly Finding[]> {
  const { pipelines: folder = builtInPipelines } = linted.config;
  if (!isTuned(linted.config) || !existsSync(folder)) return [];
  const { pipelines, faults } = await loadPipelines(folder);
  // What can be set of those nobody knows; a pipeline has the name of its file.
  const broken = faults.map(({ loading }) => ({ name: parse(loading).name, settings: { faults: () => [] } }));
  return settingsFindings(linted, [...pipelines.map(({ pipeline }) => pipeline), ...broken]);
}
