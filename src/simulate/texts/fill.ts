/** Puts values in the place of `{names}`. Throws a RangeError where a text names what is not given: a mistake in our texts. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`the text "${template}" names {${name}}, which nobody gave`);
    return value;
  });
}
