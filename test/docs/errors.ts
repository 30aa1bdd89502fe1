import { catalogue } from '../../src/core/errors.ts';

/** `docs/errors.md`: written from the catalogue. */
export function errorsPage(): string {
  const rows = Object.entries(catalogue)
    .toSorted(([a, { status }], [b, other]) => status - other.status || a.localeCompare(b))
    .map(
      ([code, { status, title, retriable }]) => `| \`${code}\` | ${status} | ${title} | ${retriable ? 'yes' : 'no'} |`,
    );
  return `# Errors

Whatever weir refuses over HTTP is answered with a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), \`application/problem+json\`:

\`\`\`json
{
  "type": "urn:weir:error:version-conflict",
  "title": "It changed since you looked at it",
  "status": 409,
  "detail": "The alert is at version 4.",
  "instance": "urn:weir:request:99939b1d-9fb1-4eef-d"
}
\`\`\`

\`type\` is \`urn:weir:error:<code>\` and stable; \`detail\` says which part and what to do; \`instance\` is the request, as the header \`x-request-id\` and the log name it.
Some have more fields: \`event-invalid\` has \`errors\`, a list of \`{index, pointer, message}\`. What may succeed when it is sent again, unchanged, may say when in \`Retry-After\`.
\`POST /query\` answers in ClickHouse's form instead. Over the WebSocket the code stands in \`{"type":"error","code":"…","detail":"…"}\`.

| code | status | meaning | send again? |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
