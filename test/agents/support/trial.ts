import { expect } from 'vitest';
import type { AgentReport } from '../../../src/core/agent.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import { asOf, createBooks, type Books } from './books.ts';
import type { Lab } from './lab.ts';
import { createTally, type Tally } from './tally.ts';

export interface Trial {
  readonly agent: Agent;
  readonly skill: string;
  /** What is counted, where a skill finds several things: `stalled deals`. */
  readonly what?: string;
  readonly companies: number;
  /** Writes a company's books, with something planted in them or nothing, and says what. */
  plant(books: Books, index: number): readonly string[];
  /** What a report found, in the same names. */
  found(report: AgentReport, index: number): readonly string[];
}

/** Generates companies, asks the skill about each, and counts what it found of what was planted. It must not abstain on any. */
export async function tried(lab: Lab, { agent, skill, what, companies, plant, found }: Trial): Promise<Tally> {
  const name = what === undefined ? skill : `${skill}-${what.replaceAll(' ', '-')}`;
  const all = Array.from({ length: companies }, (_, index) => {
    const books = createBooks(`${name}-${index}`);
    return { org: books.org, books, planted: plant(books, index) };
  });
  // Stored at once: each insert makes parts of its own, and a question reads them all.
  await lab.store({
    events: all.flatMap(({ books }) => books.events),
    scores: all.flatMap(({ books }) => books.scores),
  });
  const tally = createTally(`${agent.card.name}/${skill}${what === undefined ? '' : `, ${what}`}`);
  for (const [index, { org, planted }] of all.entries()) {
    const report = await lab.run({ agent, org, skill, asOf });
    expect(report.abstained).toBeNull();
    tally.count(planted, found(report, index));
  }
  return tally;
}

/** That a skill says what is missing of a company whose books hold too little. */
export async function expectAbstains(
  lab: Lab,
  agent: Agent,
  skill: string,
  missing: string,
  fill: (books: Books) => void = () => undefined,
): Promise<void> {
  const books = createBooks(`thin-${skill}`);
  fill(books);
  await lab.store(books);
  const report = await lab.run({ agent, org: books.org, skill, asOf });
  expect(report.abstained).toContain(missing);
}
