import type { SessionEvents } from '../../../schemas/run.ts';
import type { Json, JsonObject } from '../../core/json.ts';

/**
 * P What may be asked of weir over MCP: its HTTP doors, under the token of whoever asks, who so gets what they would get there and
 * nothing more. Each rejects with a {@link DoorRefused} where the door refuses.
 */
export interface McpDoors {
  /** `GET /alerts` */
  alerts(asked: AlertsAsked): Promise<Json>;
  /** `GET /alerts/{id}`: the alert with its transitions. */
  alert(id: string): Promise<Json>;
  /** `POST /alerts/{id}/acknowledge` or `…/resolve`: the alert after it. */
  act(id: string, verb: 'acknowledge' | 'resolve', seen: AlertSeen): Promise<Json>;
  /** `GET /scores`: of each name and subject the last. */
  scores(asked: ScoresAsked): Promise<Json>;
  /** `GET /scores/{id}`: every reason, with its event. */
  score(id: string): Promise<Json>;
  /** `GET /scores/{id}/difference`: what changed since the score `from`. */
  difference(id: string, from: string): Promise<Json>;
  /** `POST /query`: one SELECT, past the walls of that address. The rows, a line of JSON each. */
  query(sql: string, params: Readonly<Record<string, string>>): Promise<string>;
  readonly runs: RunDoors;
}

export interface AlertsAsked {
  readonly status?: readonly string[] | undefined;
  readonly minSeverity?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly entities?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** An alert as whoever acts on it saw it, and what they say. */
export interface AlertSeen {
  readonly version: number;
  readonly episode: number;
  readonly why: string;
  readonly verdict?: 'useful' | 'noise' | undefined;
}

export interface ScoresAsked {
  readonly entity: string;
  readonly name?: string | undefined;
  readonly subject?: string | undefined;
  /** RFC 3339, event time. */
  readonly at?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** `/api/v1/orchestration/sessions…`. A session there is a run here. */
export interface RunDoors {
  /** `POST …/sessions` */
  start(wanted: RunWanted): Promise<Json>;
  /** `GET …/sessions` */
  list(asked: RunsAsked): Promise<Json>;
  /** `GET …/sessions/{id}`: its state, plan, approvals asked for and result. */
  get(id: string): Promise<Json>;
  /** `GET …/sessions/{id}/events`: those after one, at most `limit`; waits up to `waitMs` for the first. */
  events(id: string, asked: EventsAsked): Promise<SessionEvents>;
  /** `POST …/sessions/{id}/approve`: approves or denies exactly the arguments with that hash. */
  approve(id: string, decision: ApprovalDecision): Promise<Json>;
  /** `POST …/sessions/{id}/answer`: what came of a step that people were asked to take over. */
  answer(id: string, answer: StepAnswer): Promise<Json>;
  /** `POST /api/v1/orchestration/communicate` */
  tell(id: string, message: RunMessage): Promise<Json>;
  /** `POST …/sessions/{id}/replay`: whether what is recorded gives the same again. */
  replay(id: string): Promise<Json>;
  /** `POST …/sessions/{id}/cancel` */
  cancel(id: string, why: string): Promise<Json>;
}

export interface RunsAsked {
  readonly status?: string | undefined;
  readonly entity?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface EventsAsked {
  readonly after: number;
  readonly limit: number;
  readonly waitMs: number;
}

export interface RunWanted {
  /** What the task is: which steps there are. */
  readonly kind: string;
  readonly goal: string;
  readonly entity?: string | undefined;
  /** RFC 3339, event time. */
  readonly asOf?: string | undefined;
  readonly wanted?: readonly string[] | undefined;
  readonly input?: JsonObject | undefined;
  readonly budget?: { readonly [unit: string]: number | undefined } | undefined;
  readonly pattern?: string | undefined;
  readonly risk?: string | undefined;
  /** Asked again under the same key, it is the same run. */
  readonly key?: string | undefined;
}

export interface StepAnswer {
  readonly step: string;
  /** False: the person could not do it either. */
  readonly done: boolean;
  readonly why: string;
  readonly output?: JsonObject | undefined;
}

export interface RunMessage {
  readonly to: string;
  readonly text: string;
  readonly key?: string | undefined;
}

export interface ApprovalDecision {
  readonly step: string;
  readonly argumentsHash: string;
  readonly verdict: 'approve' | 'deny';
  readonly why: string;
}

/** A door said no: status and the words of its answer. */
export class DoorRefused extends Error {
  override readonly name = 'DoorRefused';
  /** The HTTP status; 0 where nobody answered. */
  readonly status: number;

  constructor(status: number, detail: string, options?: { cause: unknown }) {
    super(detail, options);
    this.status = status;
  }
}
