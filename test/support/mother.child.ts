/** Starts a child that would run for an hour, makes a folder, prints pid and path, and waits to be killed. */
import { spawn } from 'node:child_process';
import { minded } from './children.ts';
import { newFolder } from './folder.ts';

const child = minded(spawn('sleep', ['3600'], { stdio: 'ignore' }));
console.log(child.pid, newFolder({ 'a.txt': 'a' }));
setInterval(() => undefined, 1_000);
