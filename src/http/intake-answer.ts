/** JSON Schema of the answer to pushed events. */
export const intakeAnswer = {
  type: 'object',
  required: ['accepted', 'duplicates', 'ignored', 'deadLettered', 'ids'],
  properties: {
    accepted: { type: 'integer', description: 'Events new in the log' },
    duplicates: { type: 'integer', description: 'Events that were in the log already' },
    ignored: { type: 'integer', description: 'Authentic and not wanted: pings, test calls' },
    deadLettered: { type: 'integer', description: 'Authentic and not mappable: kept in the dead letters' },
    ids: {
      type: 'array',
      items: { type: 'string' },
      description: 'Ids of the accepted events and the duplicates, in the order they came',
    },
  },
};
