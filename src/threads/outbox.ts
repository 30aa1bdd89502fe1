interface Posted<Message> {
  readonly message: Message;
  sent(): void;
  refused(error: unknown): void;
}

/**
 * What is posted in one go of the event loop is sent together: to wake another thread costs more than what is said to it.
 * The promise resolves when the message is sent, before the next event is looked at, and rejects with what `send` throws
 * because of it: the others are sent then, each alone.
 */
export function createOutbox<Message>(send: (messages: readonly Message[]) => void) {
  let waiting: Posted<Message>[] = [];

  function sendAll(): void {
    const posted = waiting;
    waiting = [];
    deliver(posted);
  }

  function deliver(posted: readonly Posted<Message>[]): void {
    const failure = thrownBy(() => send(posted.map(({ message }) => message)));
    if (failure === undefined) for (const { sent } of posted) sent();
    else if (posted.length === 1) posted[0]?.refused(failure.error);
    else for (const each of posted) deliver([each]);
  }

  return (message: Message): Promise<void> =>
    new Promise((sent, refused) => {
      // It runs when all that is to run without another event has run.
      if (waiting.length === 0) process.nextTick(sendAll);
      waiting.push({ message, sent, refused });
    });
}

function thrownBy(act: () => void): { readonly error: unknown } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { error };
  }
}
