import { setTimeout as sleep } from 'node:timers/promises';
import { fnv1a32 } from '../../../src/core/ids.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import { builtIn } from '../../../src/agents/built-in.ts';
import { aReport } from '../../orchestration/support/reference.ts';

/** How long a skill takes, ms: from 40 to 200, always the same. */
export const durationOf = (skill: string): number => 40 + (fnv1a32(`takes ${skill}`) % 161);

/** As many of each, which give the same to four tasks of five, and each its own to the fifth. */
export const patientPeers = (peers: number): readonly Agent[] =>
  patientAgents().flatMap((agent) =>
    Array.from({ length: peers }, (_, peer): Agent => {
      const name = `${agent.card.name}-${peer}`;
      return {
        card: { ...agent.card, name },
        async *run({ skill, entity, asOf }) {
          await sleep(durationOf(skill));
          const differ = fnv1a32(`${skill} ${entity} ${asOf}`) % 5 === 0;
          yield { says: 'report', report: aReport({ answer: differ ? name : 'the same' }) };
        },
      };
    }),
  );

/** The built-in agents by what they say of themselves, who only wait for as long as each skill takes. */
export const patientAgents = (): readonly Agent[] =>
  builtIn.map(({ card }) => ({
    card,
    async *run({ skill }) {
      await sleep(durationOf(skill));
      yield { says: 'report', report: aReport() };
    },
  }));
