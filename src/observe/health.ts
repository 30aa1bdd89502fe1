/** Why a part is ready, or not: words for the one who has to act. */
export interface PartHealth {
  readonly ready: boolean;
  readonly reason: string;
}

export interface Health {
  /** A part that says how it is whenever it is asked; it answers at once, from what it knows. */
  register(part: string, check: () => PartHealth): void;
  /** Ready when every part is. */
  report(): { readonly ready: boolean; readonly parts: Readonly<Record<string, PartHealth>> };
}

/** What `/readyz` says. Without any part weir is not ready: it has only begun to start. */
export function createHealth(): Health {
  const checks = new Map<string, () => PartHealth>();
  return {
    register: (part, check) => void checks.set(part, check),
    report: () => {
      const parts = Object.fromEntries([...checks].map(([part, check]) => [part, check()]));
      return { ready: checks.size > 0 && Object.values(parts).every(({ ready }) => ready), parts };
    },
  };
}
