import type { AlertCommand } from '../../src/core/alert.ts';
import { at } from '../support/alerts.ts';

export const command = (parts: Partial<AlertCommand> = {}): AlertCommand => ({
  kind: 'acknowledge',
  by: 'ada',
  why: 'on it',
  at: at(100),
  version: 1,
  episode: 1,
  ...parts,
});
