import type { StreamEvent, TimerRecord } from '../core/event.ts';
import { idOf } from '../core/ids.ts';
import { rfc3339Of } from '../core/time.ts';
import type { Score } from '../core/score.ts';
import { isEvent, type Input, type Pipeline } from './define.ts';
import { isEmpty, noOutputs, type Outputs } from './outputs.ts';
import { createSeats, type Seat, type SeatOptions, type Seats } from './seats.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { cellsOf, type Cell } from './cell.ts';
import type { EntityState, StateStore } from './state.ts';
import { buffered, maxWaiting, orderOperator, release, type Waiting } from './steps/order.ts';
import { createTuning, type Tuning } from './tuning.ts';
import { takeTurn, type Act, type Record } from './turn.ts';

export type Engine = ReturnType<typeof createEngineOn>;

export interface EngineOptions extends SeatOptions {
  /** Where models that judge are found. Default: as shipped. */
  readonly shelf?: Pick<Shelf, 'judging'>;
  /** What organisations have set. Default: nothing. */
  readonly tuning?: Pick<Tuning, 'under' | 'told'>;
}

/** An engine with seats of its own. */
export function createEngine(pipelines: readonly Pipeline[], store: StateStore, options: EngineOptions = {}): Engine {
  const { shelf = createShelf(pipelines), tuning = createTuning(pipelines) } = options;
  return createEngineOn(createSeats(pipelines, options), store, shelf, tuning);
}

/**
 * Runs every pipeline over the records of one partition, one by one, synchronously: records in, outputs and changed
 * state out, nothing else. The same records give the same outputs, whatever the batches, restarts and clocks.
 *
 * For each record: the entity's clock moves; what became due fires, in order of time; then the pipelines get the event,
 * in topological order, each followed by those scores of the ones before it that it reads. A pipeline that throws on an
 * input leaves no trace of it but a dead letter; the others go on.
 */
export function createEngineOn(
  { inTurn: seats, readers, check }: Seats,
  store: StateStore,
  { judging }: Pick<Shelf, 'judging'>,
  tuning: Pick<Tuning, 'under' | 'told'>,
) {
  let outputs = noOutputs();
  const msOf = createClockReader();

  function event(event: StreamEvent, sequence: number): void {
    const record = begin(sequence, event.receivedAt);
    const time = msOf(event.time);
    const receivedAt = Date.parse(event.receivedAt);
    const entity = store.touch(event.org, event.entity, sequence, receivedAt);
    const before = entity.clock;
    if (time >= entity.lastTime) {
      entity.lastTime = time;
      entity.lastReceivedAt = receivedAt;
    }
    advance(entity, time, record);
    const told = tuning.told(event, entity, time);
    if (told) store.put(entity, ...told);
    for (const seat of readers.events.get(event.stream) ?? []) {
      const { latenessMs, pipeline } = seat.instance;
      if (time < before - latenessMs) {
        outputs.late.push({ pipeline: pipeline.name, eventId: event.id });
        seat.queue.push(event);
      } else {
        offer(seat, event, time, entity);
      }
    }
    drain(entity, record, time < before);
    advance(entity, time, record);
  }

  function timer(timer: TimerRecord, sequence: number, storedAt: number): void {
    const record = begin(sequence, rfc3339Of(storedAt));
    const time = Date.parse(timer.time);
    for (const entity of store.of(timer.org, timer.entity)) {
      if (entity.clock >= time) continue;
      advance(store.touch(entity.org, entity.entity, sequence, entity.lastReceivedAt), time, record);
    }
  }

  /** A score as if another pipeline had made it of the record at hand: for cases and tests. */
  function score(score: Score, sequence: number): void {
    const record = begin(sequence, score.time);
    const time = Date.parse(score.time);
    const entity = store.touch(score.org, score.entity, sequence, time);
    entity.lastTime = Math.max(entity.lastTime, time);
    advance(entity, time, record);
    pass(score, entity);
    drain(entity, record, false);
    advance(entity, time, record);
  }

  function begin(sequence: number, receivedAt: string): Record {
    check();
    let ordinal = 0;
    return { sequence, receivedAt, judging, ordinal: () => ordinal++ };
  }

  /**
   * Moves the entity's clock and fires what becomes due on the way, in order of time, then pipeline, operator and key. The
   * clock stops at each: what is remembered until then is not forgotten because the next event comes much later.
   */
  function advance(entity: EntityState, time: number, record: Record): void {
    const until = Math.max(time, entity.clock);
    while (entity.nextDueAt <= until) {
      const due = nextDue(entity, until);
      if (due) {
        entity.clock = Math.max(entity.clock, due.dueAt);
        fire(due.seat, due.cell, entity, record);
      }
      drain(entity, record, false);
    }
    entity.clock = until;
  }

  /** The first cell that is due by then; brings `nextDueAt` up to date where none is. */
  function nextDue(entity: EntityState, until: number): Due | undefined {
    let first: Due | undefined;
    let nextDueAt = Infinity;
    for (const cell of entity.cells.values()) {
      const { dueAt } = cell;
      const seat = dueAt === undefined ? undefined : readers.byName.get(cell.pipeline);
      if (!seat || dueAt === undefined) continue;
      nextDueAt = Math.min(nextDueAt, dueAt);
      if (dueAt > until) continue;
      const due = { cell, seat, dueAt };
      if (!first || comesBefore(due, first)) first = due;
    }
    entity.nextDueAt = nextDueAt;
    return first;
  }

  function fire(seat: Seat, cell: Cell, entity: EntityState, record: Record): void {
    if (cell.operator === orderOperator) {
      const { input, rest } = release(cell.state);
      store.put(entity, cellsOf(cell.pipeline, cell.operator), cell.key, orderCell(seat, rest, entity.clock));
      if (input) seat.queue.push(input);
      return;
    }
    const { wakeAt = entity.clock } = cell;
    store.replace(entity, cell, cell.state, Math.max(cell.expiresAt, entity.clock), undefined, undefined);
    const cause = idOf(entity.org, entity.entity, cell.pipeline, cell.operator, cell.key, String(wakeAt));
    take(seat, entity, record, {
      time: wakeAt,
      cause,
      late: false,
      settings: settingsOf(seat, entity, wakeAt),
      take: (instance, turn) => instance.wake(cell, turn),
    });
  }

  /** Queues an input for its pipeline, or keeps it until the pipeline's lateness has passed. */
  function offer(seat: Seat, input: Input, time: number, entity: EntityState): void {
    if (seat.instance.latenessMs === 0) {
      seat.queue.push(input);
      return;
    }
    const cells = cellsOf(seat.instance.pipeline.name, orderOperator);
    const waiting = buffered(entity.cells.get(cells, '')?.state, input, time);
    store.put(entity, cells, '', orderCell(seat, waiting, entity.clock));
  }

  function orderCell({ instance }: Seat, state: Waiting, clock: number): Cell | undefined {
    const [first] = state;
    if (!first) return undefined;
    const dueAt = state.length > maxWaiting ? clock : first.time + instance.latenessMs;
    const { name } = instance.pipeline;
    return { pipeline: name, operator: orderOperator, key: '', state, expiresAt: dueAt, wakeAt: first.time, dueAt };
  }

  /** Every pipeline takes what waits for it. Makers sit before readers, so once through is enough. */
  function drain(entity: EntityState, record: Record, late: boolean): void {
    for (const seat of seats) {
      const { queue } = seat;
      while (queue.length > 0) {
        const input = queue.shift();
        if (!input) continue;
        const time = msOf(input.time);
        take(seat, entity, record, {
          time,
          cause: input.id,
          late: late && isEvent(input),
          settings: settingsOf(seat, entity, time),
          take: (instance, turn) => instance.next(input, turn),
        });
      }
    }
  }

  const settingsOf = ({ instance }: Seat, entity: EntityState, time: number) =>
    tuning.under(entity, instance.pipeline.name, time);

  function take(seat: Seat, entity: EntityState, record: Record, act: Act): void {
    for (const score of takeTurn(seat.instance, entity, record, act, store, outputs)) pass(score, entity);
  }

  function pass(score: Score, entity: EntityState): void {
    for (const seat of readers.scores.get(score.name) ?? []) offer(seat, score, msOf(score.time), entity);
  }

  return {
    /** In the order they run. */
    pipelines: seats.map(({ instance }) => instance.pipeline),
    event,
    timer,
    score,
    /** What was said since the last take. Throws `pipeline-invalid` where a pipeline worked outside of its turn. */
    take(): Outputs {
      check();
      if (isEmpty(outputs)) return nothing;
      const taken = outputs;
      outputs = noOutputs();
      return taken;
    },
  };
}

/** Of most records nothing is said. */
const nothing: Outputs = noOutputs();

/** Reads times. All that one record brings about happens at one or two moments, so the last is remembered. */
function createClockReader(): (text: string) => number {
  let last = { text: '', ms: Number.NaN };
  return (text) => {
    if (text !== last.text) last = { text, ms: Date.parse(text) };
    return last.ms;
  };
}

interface Due {
  readonly cell: Cell;
  readonly seat: Seat;
  readonly dueAt: number;
}

function comesBefore(a: Due, b: Due): boolean {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt;
  if (a.seat !== b.seat) return a.seat.index < b.seat.index;
  if (a.cell.operator !== b.cell.operator) return a.cell.operator < b.cell.operator;
  return a.cell.key < b.cell.key;
}
