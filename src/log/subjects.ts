/** Every subject on the log is made and read here. Ids enter as hashes only, orgs and sources as checked names. */
export const subjects = {
  event: (partition: number, org: string, source: string) => `weir.events.${partition}.${org}.${source}`,
  timer: (partition: number, org: string) => `weir.timers.${partition}.${org}`,
  /** Read in every partition. */
  models: (org: string) => `weir.models.${org}`,
  /** Read in every partition. */
  settings: (org: string) => `weir.settings.${org}`,
  signals: (partition: number) => `weir.signals.${partition}`,
  alert: (org: string, alertId: string) => `weir.alerts.${org}.${alertId}`,
  alertsOf: (org: string) => `weir.alerts.${org}.*`,
  run: (org: string, runId: string) => `weir.runs.${org}.${runId}`,
  trigger: (org: string, triggerId: string) => `weir.triggers.${org}.${triggerId}`,
  /** What is said beside runs of what they taught: what became of findings, and which version decides. */
  lessons: (org: string) => `weir.lessons.${org}`,
  work: (org: string) => `weir.work.${org}`,
  deadLetter: (org: string, hop: string) => `weir.deadletters.${org}.${hop}`,
  deadLettersOf: (org: string) => `weir.deadletters.${org}.*`,
  audit: (org: string) => `weir.audit.${org}`,
  intake: (org: string, source: string) => `weir.intake.${org}.${source}`,
} as const;

export type EventSubject =
  | { readonly kind: 'event'; readonly partition: number; readonly org: string; readonly source: string }
  | { readonly kind: 'timer'; readonly partition: number; readonly org: string }
  | { readonly kind: 'models'; readonly org: string }
  | { readonly kind: 'settings'; readonly org: string };

const parsed = new Map<string, EventSubject>();
/** Weir makes few: one a partition, organisation and source, and two an organisation. Whoever makes more has them parsed anew. */
const parsedMax = 10_000;

/** What a subject of EVENTS says. Undefined for a subject weir never makes. */
export function parseEventSubject(subject: string): EventSubject | undefined {
  const known = parsed.get(subject);
  if (known) return known;
  const read = eventSubjectOf(subject);
  if (!read) return undefined;
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(subject, read);
  return read;
}

function eventSubjectOf(subject: string): EventSubject | undefined {
  const [root, kind, partition, org, source] = subject.split('.');
  if (root !== 'weir' || partition === undefined) return undefined;
  if (kind === 'models' || kind === 'settings') return { kind, org: partition };
  if (org === undefined) return undefined;
  if (kind === 'timers') return { kind: 'timer', partition: Number(partition), org };
  if (kind === 'events' && source !== undefined) return { kind: 'event', partition: Number(partition), org, source };
  return undefined;
}

/** The org of `weir.<stream>.<org>.<rest>`: alerts, runs, work, dead letters, intake. */
export function orgOfSubject(subject: string): string | undefined {
  return subject.split('.')[2];
}

/** NATS matching: `*` is one token, a last `>` is one or more. */
export function subjectMatches(pattern: string, subject: string): boolean {
  // Most patterns are a plain beginning.
  const plain = pattern.endsWith('.>') ? pattern.slice(0, -1) : undefined;
  if (plain !== undefined && !plain.includes('*')) return subject.length > plain.length && subject.startsWith(plain);
  const wanted = pattern.split('.');
  const given = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return given.length > index;
    if (given[index] === undefined || (token !== '*' && token !== given[index])) return false;
  }
  return wanted.length === given.length;
}
