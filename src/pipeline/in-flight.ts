/** Work that goes on beside the next, in order, and how much of it there is: at most `max`, and one piece beyond it. */
export function createInFlight(max: number) {
  const pieces: { readonly work: Promise<void>; readonly size: number }[] = [];
  let size = 0;
  return {
    /** `work` must not reject. */
    add(work: Promise<void>, sizeOf: number): void {
      pieces.push({ work, size: sizeOf });
      size += sizeOf;
    },
    /** Resolves when there is less than `max`: the oldest is waited for. */
    async room(): Promise<void> {
      while (size >= max) {
        const oldest = pieces.shift();
        if (!oldest) return;
        await oldest.work;
        size -= oldest.size;
      }
    },
    /** Resolves when all of it is done. */
    async done(): Promise<void> {
      size = 0;
      await Promise.all(pieces.splice(0).map(({ work }) => work));
    },
  };
}
