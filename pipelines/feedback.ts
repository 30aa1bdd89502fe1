import { filter, map } from 'rxjs';
import { textAt } from '../src/core/read.ts';
import { definePipeline, isEvent } from '../src/pipeline/define.ts';
import { alertModel } from '../src/scoring/alert-usefulness.ts';

/** What people say of alerts: useful, or noise. */
export default definePipeline({
  name: 'feedback',
  version: 1,
  description: 'Takes what people say of alerts, so that the next ones of a rule weigh what they are worth',
  streams: ['custom'],
  run: (input) =>
    input.pipe(
      filter((input) => isEvent(input) && input.type === 'weir.outcome.alert'),
      map((input) => {
        const data = isEvent(input) ? input.data : {};
        const rule = `${textAt(data, 'pipeline') ?? ''}/${textAt(data, 'rule') ?? ''}`;
        return {
          output: 'example',
          model: alertModel.name,
          example: { rule, useful: textAt(data, 'outcome') === 'useful' },
        } as const;
      }),
    ),
});
