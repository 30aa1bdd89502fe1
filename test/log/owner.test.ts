import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { takeOwnership } from '../../src/log/embedded/owner.ts';
import { newFolder } from '../support/folder.ts';

let path: string;
beforeEach(() => {
  path = newFolder();
});

const file = () => join(path, 'owner.json');

test('a living owner is respected, and named', () => {
  const ownership = takeOwnership(path);
  expect(() => takeOwnership(path)).toThrow(`in use by process ${process.pid}`);
  ownership.release();
  expect(existsSync(file())).toBe(false);
  takeOwnership(path).release();
});

test('what a dead process left is taken over', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(file(), JSON.stringify({ pid, startedAt: '', token: 1 }));
  takeOwnership(path).release();
});

test.runIf(existsSync('/proc/self/stat'))('a later process with the pid of the owner is not taken for it', () => {
  writeFileSync(file(), JSON.stringify({ pid: process.pid, startedAt: 'an earlier boot/1', token: 1 }));
  takeOwnership(path).release();
});

test('a file whose writer died in the middle is no owner', () => {
  writeFileSync(file(), '{"pid":1');
  takeOwnership(path).release();
});

test('releasing leaves alone what another process took over meanwhile', () => {
  const ownership = takeOwnership(path);
  const other = JSON.stringify({ pid: 1, startedAt: 'later', token: 2 });
  writeFileSync(file(), other);
  ownership.release();
  expect(readFileSync(file(), 'utf8')).toBe(other);
});

test('a directory that cannot be written is a mistake in the configuration', () => {
  writeFileSync(join(path, 'plain'), '');
  expect(() => takeOwnership(join(path, 'plain'))).toThrow(expect.objectContaining({ code: 'config-invalid' }));
});
