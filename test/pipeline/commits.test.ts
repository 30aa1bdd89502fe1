import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCommits } from '../../src/pipeline/commits.ts';
import { noOutputs, type Outputs } from '../../src/pipeline/outputs.ts';

const head = { writer: 'w', partition: 3, created: 'then' };

const outputsOf = (texts: readonly string[]): Outputs => ({
  ...noOutputs(),
  scores: texts.map((quote, index) => ({
    id: `s${index}`,
    name: 'n',
    org: 'acme',
    entity: 'e',
    subject: null,
    value: 1,
    confidence: 1,
    contributions: [{ name: 'c', weight: 1, value: 1, eventId: 'e', quote }],
    time: 't',
    pipeline: 'p',
    version: 1,
  })),
});

describe('commits', () => {
  it('hold every output once, in order, each within the limit, and their bytes say what they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ maxLength: 60, unit: 'binary' }), { maxLength: 3 }), { maxLength: 20 }),
        (records) => {
          const commits = createCommits(head, 1_000);
          for (const [index, texts] of records.entries())
            commits.add(outputsOf(texts), { sequence: index + 1, storedAt: index });
          const ready = commits.take();
          expect(ready.flatMap(({ commit }) => commit.scores.map((score) => score.contributions[0]?.quote))).toEqual(
            records.flat(),
          );
          for (const { commit, data } of ready) {
            expect(JSON.parse(Buffer.from(data).toString())).toEqual(commit);
            expect(data.length).toBeLessThan(1_400);
            expect(commit.from).toBeLessThanOrEqual(commit.to);
          }
          const borders = ready.flatMap(({ commit }) => [commit.from, commit.to]);
          expect(borders).toEqual(borders.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('are not written for records that said nothing', () => {
    const commits = createCommits(head);
    commits.add(noOutputs(), { sequence: 1, storedAt: 0 });
    expect(commits.take()).toEqual([]);
  });

  it('replace what is too large for a message by a dead letter that says so', () => {
    const commits = createCommits(head, 1_000);
    commits.add(outputsOf(['x'.repeat(2_000)]), { sequence: 7, storedAt: 0 });
    expect(commits.take()[0]?.commit).toMatchObject({
      scores: [],
      dead: [{ sequence: 7, reason: 'output-too-large' }],
    });
  });
});
