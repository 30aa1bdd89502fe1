import { map } from 'rxjs';
import { definePipeline, isEvent } from '../../../src/pipeline/define.ts';
import { counted } from '../../../src/pipeline/operators/counted.ts';

/** Says how many events there were in an hour. One of the type `broken` is dead for it, one of the type `deadly` ends its thread, one of the type `endless` keeps it for ever. */
export default definePipeline({
  name: 'counting',
  version: 1,
  description: 'for a test',
  streams: ['custom'],
  makes: ['notes'],
  run: (input, state) =>
    input.pipe(
      map((one) => {
        if (isEvent(one) && one.type === 'deadly') process.exit(7);
        while (isEvent(one) && one.type === 'endless');
        if (isEvent(one) && one.type === 'broken') throw new RangeError('cannot be counted');
        return one;
      }),
      counted(state, 'notes', { match: isEvent, within: '1h' }),
      map(({ count }) => ({
        output: 'score' as const,
        name: 'notes',
        subject: null,
        value: count,
        confidence: 1,
        contributions: [],
      })),
    ),
});
