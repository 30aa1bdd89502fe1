import type { PipelineSettings, SetValues } from '../core/settings.ts';
import type { Finding } from './document.ts';
import type { Linted } from './lint.ts';
import type { Fault } from './rules.ts';
import type { Config, OrgConfig } from './schema.ts';
import { didYouMean } from '../core/suggest.ts';

/** A pipeline, as far as settings go. */
export interface Tunable {
  readonly name: string;
  readonly settings?: { faults(values: SetValues): readonly { readonly name: string; readonly message: string }[] };
}

/** What is wrong with what organisations and segments set, each with its place. */
export function settingsFindings({ config, faultsAt }: Linted, pipelines: readonly Tunable[]): readonly Finding[] {
  const restsOn = [['pipelines']];
  return faultsAt(settingsFaults(config, pipelines).map((fault) => ({ ...fault, restsOn })));
}

/** Whether anything is set at all: else no pipeline has to be asked. */
export const isTuned = ({ orgs }: Pick<Config, 'orgs'>): boolean =>
  Object.values(orgs).some(({ settings, segments }) => Object.keys({ ...settings, ...segments }).length > 0);

/** The same without places. */
export function settingsFaults({ orgs }: Pick<Config, 'orgs'>, pipelines: readonly Tunable[]): readonly Fault[] {
  return Object.entries(orgs).flatMap(([name, org]) => [
    ...faultsIn(['orgs', name, 'settings'], org.settings, {}, pipelines),
    ...Object.entries(org.segments).flatMap(([segment, { settings }]) =>
      faultsIn(['orgs', name, 'segments', segment, 'settings'], settings, org.settings, pipelines),
    ),
    ...unclear(name, org),
  ]);
}

/** `beneath`: what holds where nothing is set here; its own faults are told there. */
function faultsIn(
  path: readonly string[],
  settings: PipelineSettings,
  beneath: PipelineSettings,
  pipelines: readonly Tunable[],
): readonly Fault[] {
  return Object.entries(settings).flatMap(([pipeline, values]): readonly Fault[] => {
    const tunable = pipelines.find(({ name }) => name === pipeline);
    if (!tunable?.settings) {
      const candidates = pipelines.flatMap(({ name, settings }) => (settings ? [name] : []));
      const message = tunable
        ? `nothing can be set of the pipeline "${pipeline}"`
        : `there is no pipeline "${pipeline}"${didYouMean(pipeline, candidates)}`;
      return [{ path: [...path, pipeline], severity: 'error', message }];
    }
    const before = new Set(tunable.settings.faults(beneath[pipeline] ?? {}).map(({ message }) => message));
    return tunable.settings
      .faults({ ...beneath[pipeline], ...values })
      .filter(({ message }) => !before.has(message))
      .map(({ name, message }) => {
        const place = Object.hasOwn(values, name) ? [pipeline, name] : [pipeline];
        return { path: [...path, ...place], severity: 'error', message };
      });
  });
}

/** An account is in one segment, and the CRM's word names one. */
function unclear(org: string, { segments }: OrgConfig): readonly Fault[] {
  const owners = new Map<string, string>();
  return Object.entries(segments).flatMap(([segment, { accounts }]) => [
    ...taken(owners, segment.toLowerCase(), segment, ['orgs', org, 'segments', segment], 'another segment is written'),
    ...accounts.flatMap((account, index) =>
      taken(
        owners,
        `account:${account}`,
        segment,
        ['orgs', org, 'segments', segment, 'accounts', index],
        'is in the segment',
      ),
    ),
  ]);
}

function taken(
  owners: Map<string, string>,
  key: string,
  by: string,
  path: Fault['path'],
  what: string,
): readonly Fault[] {
  const owner = owners.get(key);
  owners.set(key, owner ?? by);
  return owner === undefined || owner === by
    ? []
    : [{ path, severity: 'error', message: `${what} "${owner}" already` }];
}
