/** A pure function of an object that never changes: computed once, and known for as long as the object is. */
export function remembered<Of extends object, Value>(compute: (of: Of) => Value): (of: Of) => Value {
  const known = new WeakMap<Of, { readonly value: Value }>();
  return (of) => {
    const kept = known.get(of) ?? { value: compute(of) };
    known.set(of, kept);
    return kept.value;
  };
}
