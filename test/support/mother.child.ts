/** Starts a child that would run for an hour, prints its pid, and waits to be killed. */
import { spawn } from 'node:child_process';
import { minded } from './children.ts';

const child = minded(spawn('sleep', ['3600'], { stdio: 'ignore' }));
console.log(child.pid);
setInterval(() => undefined, 1_000);
