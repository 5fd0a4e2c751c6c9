// SPDX-License-Identifier: MIT
// What a bill is: the shape of the answer and the two queries. With a schema
// Fastify compiles a serializer, which is its documented way to be fast.

const text = { type: 'string' };
const maybeText = { type: 'string', nullable: true };
const moment = { type: 'string', format: 'date-time' };
const maybeMoment = { type: 'string', format: 'date-time', nullable: true };

const members = {
  id: text,
  version: { type: 'integer' },
  created_at: moment,
  updated_at: moment,
  deleted_at: maybeMoment,
  created_by: maybeText,
  session: text,
  type: text,
  number: { type: 'integer' },
  chamber: text,
  title: text,
  short_title: maybeText,
  official_title: maybeText,
  summary: maybeText,
  status: text,
  sponsor_id: maybeText,
  policy_area: maybeText,
  subjects: { type: 'array', items: text },
  introduced_on: text,
  latest_action_on: maybeText,
  latest_action: maybeText,
  url: maybeText,
};

const columns = Object.keys(members).join(', ');

export const bill = { type: 'object', properties: members };
export const bills = { type: 'array', items: bill };

// Named, so that pg prepares each once per connection.
export const billById = (id) => ({
  name: 'bill_by_id',
  text: `SELECT ${columns} FROM bills WHERE id = $1 AND deleted_at IS NULL`,
  values: [id],
});

export const billsAfter = (id, limit) => ({
  name: 'bills_after',
  text: `SELECT ${columns} FROM bills WHERE id > $1 AND deleted_at IS NULL
         ORDER BY id LIMIT $2`,
  values: [id, limit],
});
