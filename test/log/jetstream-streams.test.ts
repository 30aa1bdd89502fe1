import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { objectionTo } from '../../src/log/jetstream/streams.ts';

const good = { num_replicas: 1, storage: StorageType.File, retention: RetentionPolicy.Limits };

test('a stream on which the promises would not hold is objected to', () => {
  expect(objectionTo(good)).toBeUndefined();
  expect(objectionTo({ ...good, num_replicas: 3 })).toContain('num_replicas 3');
  expect(objectionTo({ ...good, storage: StorageType.Memory })).toContain('memory');
  expect(objectionTo({ ...good, retention: RetentionPolicy.Workqueue })).toContain('workqueue');
});
