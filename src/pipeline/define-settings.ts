import { z } from 'zod';
import { misfitsOf } from '../core/misfits.ts';
import type { SetValues } from '../core/settings.ts';

/** A number that may be set for an organisation or a segment: its range, what it is as shipped, its unit, what it is for. */
export type Setting = z.ZodDefault<z.ZodNumber>;
/** Settings by name. The names of weights end in `Weight`: a difference of scores tells by that what was weighed anew. */
export type SettingShape = { readonly [name: string]: Setting };
/** What holds of each. */
export type Tuned<S extends SettingShape> = z.output<z.ZodObject<{ -readonly [name in keyof S]: S[name] }>>;

export interface SettingAbout {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** `days`, `samples`, `1` for what has none. */
  readonly unit: string;
  readonly about: string;
}

/** What is wrong with something that is set. `name`: which setting. */
export interface SettingFault {
  readonly name: string;
  readonly message: string;
}

/** What may be set of a pipeline, declared once beside it: `definePipeline({ settings, … })`, `state.tuned(settings)`. */
export interface Settings<S extends SettingShape = SettingShape> {
  readonly shape: S;
  /** As shipped. */
  readonly defaults: Tuned<S>;
  /** All of them: as set, the others as shipped. The very same for the same object. */
  of(values: SetValues | undefined): Tuned<S>;
  /** What can hold of what is set: those that there are, in their range. */
  sound(values: SetValues): SetValues;
  /** Why what is set cannot be meant. */
  faults(values: SetValues): readonly SettingFault[];
}

/** Of tones, and of shares and probabilities. */
export const tones = { min: -1, max: 1, unit: '1' } as const;
export const shares = { min: 0, max: 1, unit: '1' } as const;

export function setting({ default: value, min, max, unit, about }: SettingAbout): Setting {
  const range = `expected a number from ${min} to ${max}${unit === '1' ? '' : ` (${unit})`}`;
  return z.number(range).min(min, range).max(max, range).default(value).meta({ unit, description: about });
}

/** `rising`: settings of which none may be less than the one before it. */
export function settingsOf<const S extends SettingShape>(
  shape: S,
  { rising = [] }: { readonly rising?: readonly (readonly (keyof S & string)[])[] } = {},
): Settings<S> {
  const known = new WeakMap<SetValues, Tuned<S>>();
  const tunedTo = (values: SetValues): Tuned<S> => z.object(shape).parse(values);
  const defaults = tunedTo({});
  const typeOf = (name: string): Setting | undefined => (Object.hasOwn(shape, name) ? shape[name] : undefined);
  const faultOf = ([name, value]: readonly [string, number]): readonly SettingFault[] => {
    const type = typeOf(name);
    if (!type) return [{ name, message: `there is no such setting; there are ${Object.keys(shape).join(', ')}` }];
    const [misfit] = type.safeParse(value).success ? [] : misfitsOf(type, value);
    return misfit ? [{ name, message: misfit.message }] : [];
  };
  const sound = (values: SetValues): SetValues =>
    Object.fromEntries(Object.entries(values).filter((entry) => faultOf(entry).length === 0));

  return {
    shape,
    defaults,
    sound,
    of(values) {
      if (!values) return defaults;
      const tuned = known.get(values) ?? tunedTo(sound(values));
      known.set(values, tuned);
      return tuned;
    },
    faults(values) {
      const single = Object.entries(values).flatMap(faultOf);
      return single.length > 0
        ? single
        : rising.flatMap((names) => fallsIn(names, numbers.parse(tunedTo(values)), values));
    },
  };
}

const numbers = z.record(z.string(), z.number());

/** Where one of them is less than the one before it: said of the one that is set. */
function fallsIn(names: readonly string[], all: SetValues, values: SetValues): readonly SettingFault[] {
  return names.slice(1).flatMap((name, index): readonly SettingFault[] => {
    const before = names[index] ?? name;
    const [lower = 0, upper = 0] = [all[before], all[name]];
    if (lower <= upper) return [];
    const message = `${before} (${lower}) must not be more than ${name} (${upper})`;
    return [{ name: Object.hasOwn(values, name) ? name : before, message }];
  });
}
