import { calibratedBy, type Calibrations, type FindingOutcome } from './calibration.ts';
import { taught, type Outcome, type Posteriors } from './posteriors.ts';

/**
 * What an organisation's runs have taught, in versions: a function of the facts of its runs in the order of the log, so a
 * replay teaches the same, and a fact that comes again teaches nothing. Plain and bounded.
 */
export interface Learnt {
  /** Place in the log of the last lesson. */
  readonly place: number;
  readonly lessons: number;
  readonly latest: Known;
  /** Those there is a way back to, oldest first. */
  readonly versions: readonly Version[];
  /** The version that decides; `latest` for what was learnt last. */
  readonly deciding: number | 'latest';
  /** What was made to decide, by whom and why; oldest first. */
  readonly releases: readonly Release[];
}

export interface Known {
  readonly posteriors: Posteriors;
  readonly calibrations: Calibrations;
}

/** 1, 2, …; 0 is nothing learnt. */
export interface Version extends Known {
  readonly version: number;
  /** ms. */
  readonly at: number;
  readonly lessons: number;
}

/** What a record of the log teaches: what became of choices, and of findings. */
export interface Lesson {
  readonly place: number;
  readonly at: number;
  readonly outcomes: readonly Outcome[];
  readonly findings: readonly FindingOutcome[];
}

/** That this version decides and no later one takes its place, or that what was learnt last does again. */
export interface Release {
  readonly place: number;
  readonly version: number | 'latest';
  /** The identity that asks. */
  readonly by: string;
  readonly why: string;
  /** When they asked, RFC 3339 UTC. */
  readonly at: string;
}

export const lessonsAVersion = 200;
export const versionsMax = 5;
export const releasesMax = 20;

export const nothingKnown: Known = { posteriors: {}, calibrations: {} };
export const nothingLearnt: Learnt = {
  place: 0,
  lessons: 0,
  latest: nothingKnown,
  versions: [],
  deciding: 'latest',
  releases: [],
};

/** After a lesson. Every `lessonsAVersion` what is known then is kept as a version; the oldest that does not decide makes room. */
export function learntFrom(learnt: Learnt, { place, at, outcomes, findings }: Lesson): Learnt {
  if (place <= learnt.place) return learnt;
  const lessons = learnt.lessons + 1;
  const latest = {
    posteriors: outcomes.reduce(taught, learnt.latest.posteriors),
    calibrations: findings.reduce(calibratedBy, learnt.latest.calibrations),
  };
  const next = { ...learnt, place, lessons, latest };
  if (lessons % lessonsAVersion !== 0) return next;
  const kept = { ...latest, version: lessons / lessonsAVersion, at, lessons };
  return { ...next, versions: bounded([...learnt.versions, kept], learnt.deciding) };
}

/** After a person's word on which version decides. One of a version there is no way back to changes nothing. */
export function releasedBy(learnt: Learnt, release: Release): Learnt {
  if (release.place <= learnt.place) return learnt;
  const { version, place } = release;
  const known = version === 'latest' || version === 0 || learnt.versions.some((one) => one.version === version);
  if (!known) return { ...learnt, place };
  return { ...learnt, place, deciding: version, releases: [...learnt.releases, release].slice(-releasesMax) };
}

/** What decisions go by. */
export function decidingIn({ deciding, latest, versions }: Learnt): Known {
  if (deciding === 'latest') return latest;
  return versions.find(({ version }) => version === deciding) ?? nothingKnown;
}

/** The version that decides. What is learnt now has the number it will be kept under; 0 before anything was. */
export function deciderOf({ deciding, lessons }: Learnt): { readonly version: number; readonly pinned: boolean } {
  if (deciding !== 'latest') return { version: deciding, pinned: true };
  return { version: Math.ceil(lessons / lessonsAVersion), pinned: false };
}

function bounded(versions: readonly Version[], deciding: Learnt['deciding']): readonly Version[] {
  if (versions.length <= versionsMax) return versions;
  const oldest = versions.find(({ version }) => version !== deciding);
  return versions.filter((each) => each !== oldest);
}
