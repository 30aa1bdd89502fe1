import { describe, expect, test } from 'vitest';
import { directory } from './door.ts';
import { sampleJson } from './samples.ts';
import { drafts, map, objectIn } from './mapping.ts';

describe('Intercom', () => {
  test.each([
    [
      'conversation-user-created-v2',
      'intercom.conversation.user.created',
      '215470000000002',
      'account:customer.example',
    ],
    [
      'conversation-operator-replied-v2',
      'intercom.conversation.operator.replied',
      '215470000000001',
      'intercom:contact:690000000000000000000001',
    ],
    [
      'conversation-admin-closed-legacy-model',
      'intercom.conversation.admin.closed',
      '137324500000000',
      'account:customer.example',
    ],
    [
      'conversation-admin-replied-legacy-model',
      'intercom.conversation.admin.replied',
      '137324500000000',
      'account:customer.example',
    ],
    ['user-created-legacy-model', 'intercom.user.created', '5f297f71bce3e055f3afdf6e', 'account:customer.example'],
    [
      'company-created',
      'intercom.company.created',
      '5f2ab453471a3f50afb937f4',
      'intercom:company:5f2ab453471a3f50afb937f4',
    ],
  ])('maps %s', (file, type, subject, entity) => {
    const body = objectIn(`intercom/${file}.json`);
    const [draft] = drafts('intercom', body);
    expect(draft).toMatchObject({
      type,
      subject,
      entity,
      stream: 'intercom',
      key: body['id'],
      time: Number(body['created_at']) * 1000,
      data: body,
    });
  });

  test('ignores the ping', () => {
    expect(map('intercom', sampleJson('intercom/ping-tab-indented.json'))).toEqual([
      { kind: 'ignored', reason: 'ping' },
    ]);
  });

  test('finds the account by contact or company', () => {
    const body = sampleJson('intercom/conversation-operator-replied-v2.json');
    const known = directory({ brightloom: ['intercom:contact:690000000000000000000001'] });
    expect(drafts('intercom', body, known)[0]?.entity).toBe('account:brightloom');
  });
});

describe('Gong', () => {
  test('maps a call to its end, whole', () => {
    const body = objectIn('gong/automation-rule-call-full.json');
    const [draft] = drafts('gong', body);
    expect(draft).toMatchObject({
      key: '5500000000000000779',
      type: 'gong.call',
      subject: '5500000000000000779',
      stream: 'gong',
      time: Date.parse('2019-10-18T21:03:37.041Z') + 2_159_000,
      data: body,
    });
    expect(draft?.entity).toMatch(/^account:acme/);
  });

  test('finds the account by the CRM it is filed in', () => {
    const newer = sampleJson('gong/automation-rule-call-newer-fields.json');
    expect(drafts('gong', newer, directory({ prospect: ['hubspot:company:9001'] }))[0]?.entity).toBe(
      'account:prospect',
    );
    expect(drafts('gong', newer)[0]?.entity).toBe('account:prospect.example');
  });

  test('ignores a test call', () => {
    expect(map('gong', sampleJson('gong/automation-rule-test-call.json'))).toEqual([
      { kind: 'ignored', reason: 'test call' },
    ]);
  });
});
