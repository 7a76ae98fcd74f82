// What a shop would write itself: grammY's webhook, and four rows in PostgreSQL in one transaction. Usage: peer.mjs PORT SECRET, the database by PG… variables.
import { createServer } from 'node:http';
import { Bot, webhookCallback } from 'grammy';
import pg from 'pg';

const [port, secretToken] = process.argv.slice(2);
const pool = new pg.Pool({ max: 32 });
await pool.query(`
  DROP SCHEMA IF EXISTS peer CASCADE; CREATE SCHEMA peer;
  CREATE TABLE peer.identity (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT, last_seen BIGINT NOT NULL);
  CREATE TABLE peer.conversation (identity_id BIGINT PRIMARY KEY, last_at BIGINT NOT NULL, messages BIGINT NOT NULL);
  CREATE TABLE peer.message (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, identity_id BIGINT NOT NULL, occurred_at BIGINT NOT NULL, text TEXT);
  CREATE INDEX ON peer.message (identity_id, occurred_at);
  CREATE TABLE peer.event (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id BIGINT NOT NULL, payload JSONB NOT NULL);`);

const statements = {
  identity: `INSERT INTO peer.identity (external_id, name, last_seen) VALUES ($1, $2, $3)
    ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, last_seen = excluded.last_seen RETURNING id`,
  conversation: `INSERT INTO peer.conversation (identity_id, last_at, messages) VALUES ($1, $2, 1)
    ON CONFLICT (identity_id) DO UPDATE SET last_at = excluded.last_at, messages = peer.conversation.messages + 1`,
  message: 'INSERT INTO peer.message (external_id, identity_id, occurred_at, text) VALUES ($1, $2, $3, $4) ON CONFLICT (external_id) DO NOTHING RETURNING id',
  event: 'INSERT INTO peer.event (message_id, payload) VALUES ($1, $2)',
};

const bot = new Bot('1:token', { botInfo: { id: 1, is_bot: true, first_name: 'Shop', username: 'shop_bot' } });
bot.on('message', async ({ update, message }) => {
  const client = await pool.connect();
  const run = async (name, ...values) => (await client.query({ name, text: statements[name], values })).rows[0];
  try {
    await client.query('BEGIN');
    const { id } = await run('identity', `${message.from.id}`, message.from.first_name, message.date);
    await run('conversation', id, message.date);
    const added = await run('message', `${update.update_id}`, id, message.date, message.text);
    if (added) await run('event', added.id, JSON.stringify(message));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
});

const hook = webhookCallback(bot, 'http', { secretToken });
createServer((request, response) => (request.url === '/readyz' ? response.end('ready') : hook(request, response))).listen(Number(port), '127.0.0.1');
