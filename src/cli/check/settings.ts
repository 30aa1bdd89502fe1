import { existsSync } from 'node:fs';
import type { Finding } from '../../config/document.ts';
import type { Linted } from '../../config/lint.ts';
import { isTuned, settingsFindings } from '../../config/settings.ts';
import { builtInPipelines, loadPipelines } from '../../pipeline/load.ts';

/** Whether the pipelines have the settings that organisations set. Pipelines that do not load, or are not there, are told elsewhere. */
export async function checkSettings(linted: Linted): Promise<readonly Finding[]> {
  const { pipelines: folder = builtInPipelines } = linted.config;
  if (!isTuned(linted.config) || !existsSync(folder)) return [];
  const { pipelines } = await loadPipelines(folder);
  return settingsFindings(
    linted,
    pipelines.map(({ pipeline }) => pipeline),
  );
}
