import { textAt } from '../../../src/core/read.ts';
import type { Notice } from '../../../src/simulate/notice.ts';
import { requestOf, type BuiltRequest } from '../../../src/simulate/request.ts';
import { companies, signingOf } from './company.ts';

/** Notices of one provider, of all companies, by the company they are of. */
export function noticesOf(source: Notice['source'], among: number): readonly Told[] {
  return companies(among).flatMap(({ company, notices }) =>
    [...notices()]
      .map(({ notice }) => notice)
      .filter((notice) => notice.source === source)
      .map((notice) => ({ org: company.org, notice })),
  );
}

export interface Told {
  readonly org: string;
  readonly notice: Notice;
}

/** The request as bytes, signed now. */
export function bytesOf({ org, notice }: Told): Buffer {
  return asBytes(requestOf(notice, signingOf(org)).build(Date.now()));
}

/** The same notice as of another event: what providers send is told apart by its id alone. */
export function renamed({ org, notice }: Told, suffix: string): Told {
  const events = notice.events.map((event) => ({ ...event, id: `${textAt(event, 'id') ?? ''}${suffix}` }));
  return { org, notice: { ...notice, events } };
}

export function asBytes({ method, path, headers, body }: BuiltRequest): Buffer {
  const lines = Object.entries({ host: 'bench', ...headers, 'content-length': String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`);
}
