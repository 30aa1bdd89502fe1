import type { JsonObject } from '../../core/json.ts';
import type { Account, Competitor, Service } from '../company.ts';
import type { Notice } from '../notice.ts';
import type { Random } from '../random.ts';

export interface News {
  readonly title: string;
  readonly summary: string;
  readonly publisher: string;
  /** Who it is about; a story about nobody in particular is about the market. */
  readonly competitor?: Competitor;
}

export interface Sample {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** A piece of market news, as a feed reader would hand it on. */
export function newsNotice(at: number, news: News, random: Random): Notice {
  const id = random.text(16);
  const data = {
    title: news.title,
    summary: news.summary,
    publisher: news.publisher,
    url: `https://news.example/${id.toLowerCase()}`,
    ...(news.competitor ? { competitor: news.competitor.name } : {}),
  };
  const entity = news.competitor?.entity ?? 'market:general';
  return notice(at, 'market', entity, 'https://news.example/feed', [{ type: 'market.news', subject: null, id, data }]);
}

/** Samples of a service's metrics, as a collector sends them. */
export function serviceNotice(at: number, service: Service, samples: readonly Sample[], random: Random): Notice {
  const source = `https://metrics.example/${service.name}`;
  return metricsNotice(at, service.entity, source, { service: service.name }, samples, random);
}

/** How much a customer uses the product, as the product's own telemetry says. */
export function usageNotice(at: number, account: Account, samples: readonly Sample[], random: Random): Notice {
  return metricsNotice(at, account.entity, 'https://app.example/usage', { account: account.name }, samples, random);
}

function metricsNotice(
  at: number,
  entity: string,
  source: string,
  about: JsonObject,
  samples: readonly Sample[],
  random: Random,
): Notice {
  const events = samples.map(({ name, unit, value }) => ({
    type: 'metrics.sample',
    subject: name,
    id: random.text(16),
    data: { name, value, unit, ...about },
  }));
  return notice(at, 'metrics', entity, source, events);
}

function notice(
  at: number,
  stream: 'market' | 'metrics',
  entity: string,
  source: string,
  events: readonly { type: string; subject: string | null; id: string; data: JsonObject }[],
): Notice {
  const time = new Date(at).toISOString();
  return {
    at,
    source: 'events',
    entity: [entity],
    events: events.map(({ type, subject, id, data }) => ({
      specversion: '1.0',
      id,
      source,
      type,
      ...(subject === null ? {} : { subject }),
      time,
      datacontenttype: 'application/json',
      entity,
      stream,
      data,
    })),
  };
}
