import { expect, test } from 'vitest';
import { createAgentAsking } from '../../src/agents/asking.ts';
import type { Answer, Question } from '../../src/store/store.ts';

const question: Question = { org: 'acme', sql: 'SELECT 1', params: {}, format: 'JSONEachRow', settings: {} };
const never = () => new Promise<Answer>(() => undefined);
const refused: Answer = { kind: 'refused', code: 159, type: 'TIMEOUT_EXCEEDED', message: 'too long' };

test('a question that an agent has left behind does not keep weir from stopping', async () => {
  const asking = createAgentAsking({ ask: never, running: () => 1 }, 5);
  void asking.ask(question);
  asking.refuse();
  await asking.left();
});

test('ClickHouse stays open for a question that is about to be answered, and none is asked after it', async () => {
  let answer: (answer: Answer) => void = () => undefined;
  const asking = createAgentAsking(
    { ask: () => new Promise((resolve) => (answer = resolve)), running: () => 1 },
    60_000,
  );
  const asked = asking.ask(question);
  asking.refuse();
  await expect(asking.ask(question)).rejects.toMatchObject({ code: 'not-ready' });
  const order: string[] = [];
  const left = asking.left().then(() => order.push('left'));
  const answered = asked.then(() => order.push('answered'));
  answer(refused);
  await Promise.all([left, answered]);
  expect(order).toEqual(['answered', 'left']);
});
