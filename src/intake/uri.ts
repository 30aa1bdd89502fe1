/** A provider's id as a part of a CloudEvents source. Half a character, which no address can hold, becomes U+FFFD. */
export function uriPart(id: string | number): string {
  return encodeURIComponent(Buffer.from(String(id)).toString());
}
