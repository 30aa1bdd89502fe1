/**
 * What ClickHouse's Go client (and so Grafana's plugin for ClickHouse) asks of a server first. It reads the answer as its own newest
 * revision of the Native format writes it, and every answer after it as the revision it is told here.
 */
export const helloStatement = 'SELECT displayName(), version(), revision(), timezone()';

/** Answers are written in the Native format without a revision. */
const revision = 0;

/** The answer to `helloStatement`, one row, as a client with a revision of its own reads it. */
export function nativeHello(version: string): Buffer {
  const revisionBytes = Buffer.alloc(4);
  revisionBytes.writeUInt32LE(revision);
  const columns = [
    column('displayName()', 'String', text('weir')),
    column('version()', 'String', text(version)),
    column('revision()', 'UInt32', revisionBytes),
    column('timezone()', 'String', text('UTC')),
  ];
  // Fields of the block: 1, it is no overflow; 2, its bucket is −1; 0, no more. Then how many columns and rows.
  const head = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, columns.length, 1]);
  return Buffer.concat([head, ...columns]);
}

/** Name, type, that its values are written in the ordinary way, values. */
function column(name: string, type: string, values: Buffer): Buffer {
  return Buffer.concat([text(name), text(type), Buffer.from([0]), values]);
}

/** With its length before it; no text here has more than 127 bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value).subarray(0, 127);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
