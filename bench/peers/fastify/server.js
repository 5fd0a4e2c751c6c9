// SPDX-License-Identifier: MIT
// Connects by libpq's PG… variables, listens on a free port of loopback and
// writes its URL to the descriptor named by PORTCULLIS_READY_FD.

import { writeSync } from 'node:fs';
import Fastify from 'fastify';
import pg from 'pg';
import { bill, billById, bills, billsAfter } from './bills.js';

const INT8 = 20;
const DATE = 1082;
pg.types.setTypeParser(INT8, Number);
pg.types.setTypeParser(DATE, (date) => date);

const FIRST = '00000000-0000-0000-0000-000000000000';
const uuid = { type: 'string', format: 'uuid' };

const pool = new pg.Pool({ max: 16 });
const app = Fastify();

app.get('/v1/bills/:id', {
  schema: {
    params: { type: 'object', properties: { id: uuid } },
    response: { 200: bill },
  },
}, async (request, reply) => {
  const { rows } = await pool.query(billById(request.params.id));
  if (rows.length === 0) {
    return reply.code(404).send({ message: 'no such bill' });
  }
  return rows[0];
});

app.get('/v1/bills', {
  schema: {
    querystring: {
      type: 'object',
      properties: {
        limit: { type: 'integer', minimum: 1, maximum: 200, default: 25 },
        cursor: { ...uuid, default: FIRST },
      },
    },
    response: { 200: bills },
  },
}, async (request, reply) => {
  const { limit, cursor } = request.query;
  const { rows } = await pool.query(billsAfter(cursor, limit));
  if (rows.length === limit) {
    const next = `/v1/bills?limit=${limit}&cursor=${rows[limit - 1].id}`;
    reply.header('link', `<${next}>; rel="next"`);
  }
  return rows;
});

const url = await app.listen({ host: '127.0.0.1', port: 0 });
writeSync(Number(process.env.PORTCULLIS_READY_FD), `${url}\n`);

process.on('SIGTERM', async () => {
  await app.close();
  await pool.end();
});
