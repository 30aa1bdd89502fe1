/** What ClickHouse says of a statement it does not answer, or what we say in its place: its number and name of the fault. */
export class QueryError extends Error {
  readonly code: number;
  readonly type: string;

  constructor(code: number, type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueryError';
    this.code = code;
    this.type = type;
  }
}

/** A text as the value of a parameter, in ClickHouse's text form: a tab is `\\t`, a backslash `\\\\`. */
export function textForm(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '\\': '\\\\',
    '\t': '\\t',
    '\n': '\\n',
    '\r': '\\r',
    '\0': '\\0',
    '\b': '\\b',
    '\f': '\\f',
  };
  return text.replaceAll(/[\\\t\n\r\0\b\f]/g, (sign) => signs[sign] ?? sign);
}
