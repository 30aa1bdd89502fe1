import { startClickHouse } from './clickhouse-server.ts';

/** The stand-in for a ClickHouse server in a process of its own: `clickhouse-process.ts <path>` prints its address. */
const [, , path = ''] = process.argv;
const { url } = await startClickHouse({ path });
process.stdout.write(`${url}\n`);
