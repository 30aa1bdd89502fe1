import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../config/document.ts';
import { kindFaults } from '../../orchestration/kinds.ts';
import { checkPipeline } from '../../pipeline/check.ts';
import type { LoadFault } from '../../pipeline/import-fault.ts';
import { loadPipelines, type Loaded } from '../../pipeline/load.ts';
import { howMany } from '../output.ts';
import type { Checked } from '../commands/check.ts';
import { allowTypeScript } from '../../threads/typescript.ts';
import { isFolder } from './settings.ts';
import { checkSyntax, checkTypes } from './types.ts';

/** Loads every pipeline of a folder and runs its cases. */
export async function checkPipelines(folder: string): Promise<Checked> {
  // That the folder is not there is a fault of the configuration, and told with it.
  if (!isFolder(folder)) return { what: 'no pipelines', findings: [] };
  await allowTypeScript(folder);
  const { pipelines, faults } = await loadPipelines(folder);
  const findings = [
    ...(await faultFindings(folder, faults)),
    ...(await checkTypes(folder, namesOf(faults))),
    ...sameNames(pipelines),
    ...kindFindings(pipelines),
  ];
  for (const loaded of pipelines) findings.push(...(await caseFindings(loaded)));
  const cases = pipelines.reduce((sum, loaded) => sum + loaded.cases.length, 0);
  return {
    what: `${howMany(pipelines.length, 'pipeline')} with ${howMany(cases, 'case')}`,
    findings: unique(findings),
  };
}

/** Not every loader says where it stopped reading; the compiler does. */
async function faultFindings(folder: string, faults: readonly LoadFault[]): Promise<readonly Finding[]> {
  const unread = faults.filter(
    ({ line, column, message }) => line === 1 && column === 1 && /transform failed|syntax|parse/i.test(message),
  );
  const syntax = await checkSyntax(folder, namesOf(unread));
  const rest = syntax.length > 0 ? faults.filter((fault) => !unread.includes(fault)) : faults;
  return [...syntax, ...rest.map(placed)];
}

const namesOf = (faults: readonly LoadFault[]): ReadonlySet<string> =>
  new Set(faults.map(({ loading }) => parse(loading).name));

async function caseFindings({ file, pipeline, cases }: Loaded): Promise<readonly Finding[]> {
  const place = definitionIn(file);
  if (cases.length === 0) {
    return [
      {
        ...place,
        severity: 'warning',
        message: `pipeline "${pipeline.name}" has no cases: nothing shows that it does what is meant`,
      },
    ];
  }
  try {
    const found = await checkPipeline(pipeline, cases);
    return found.map(({ case: name, way, message }) => ({
      ...(caseIn(file, name) ?? place),
      severity: 'error',
      message: `pipeline "${pipeline.name}", case "${name}" (${way}): ${message}`,
    }));
  } catch (error) {
    return [{ ...place, severity: 'error', message: `pipeline "${pipeline.name}": ${messageOf(error)}` }];
  }
}

/** Two pipelines of one name would give their outputs the same ids. */
function sameNames(pipelines: readonly Loaded[]): readonly Finding[] {
  const first = new Map<string, string>();
  return pipelines.flatMap(({ file, pipeline: { name } }): readonly Finding[] => {
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, file);
      return [];
    }
    return [{ ...definitionIn(file), severity: 'error', message: `another pipeline is called "${name}": ${other}` }];
  });
}

/** What is wrong with the kinds of runs that pipelines bring along. */
function kindFindings(pipelines: readonly Loaded[]): readonly Finding[] {
  return pipelines.flatMap(({ file, pipeline: { kinds = [] } }, at) => {
    const before = pipelines.slice(0, at).flatMap(({ pipeline }) => pipeline.kinds ?? []);
    const known = new Set(kindFaults(before));
    const faults = kindFaults([...before, ...kinds]).filter((fault) => !known.has(fault));
    return faults.map((message): Finding => ({ ...definitionIn(file), severity: 'error', message }));
  });
}

/** A fault without a place of its own is shown where the pipeline is defined. */
function placed(fault: LoadFault): Finding {
  const place = fault.line === 1 && fault.column === 1 ? definitionIn(fault.file) : fault;
  return { file: place.file, line: place.line, column: place.column, severity: 'error', message: fault.message };
}

function definitionIn(file: string): { file: string; line: number; column: number } {
  return (
    positionOf(file, /\bdefinePipeline\s*\(\s*\{/) ?? positionOf(file, /\bexport\b/) ?? { file, line: 1, column: 1 }
  );
}

function caseIn(file: string, name: string): { file: string; line: number; column: number } | undefined {
  const cases = file.replace(/\.(js|mjs|ts)$/, '.cases.$1');
  return positionOf(cases, new RegExp(`name:\\s*['"\`]${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"\`]`));
}

function positionOf(file: string, pattern: RegExp): { file: string; line: number; column: number } | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const offset = text.search(pattern);
  if (offset < 0) return undefined;
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** What both the loader and the types found is said once. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ file, line, message }) => {
    const id = line === 1 ? `${file}:1:${message}` : `${file}:${line}`;
    return !seen.has(id) && seen.add(id);
  });
}
