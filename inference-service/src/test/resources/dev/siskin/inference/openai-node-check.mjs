// Asks a service with OpenAI's own Node client: BASE_URL COLLECTION QUESTION. Exit status 0 where all is well.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import OpenAI from 'openai';

const [baseURL, collection, question] = process.argv.slice(2);
const model = `siskin/${collection}`;
const client = new OpenAI({ baseURL, apiKey: process.env.OPENAI_API_KEY || 'none', maxRetries: 0 });
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: question }];

const ids = [];
for await (const one of client.models.list()) ids.push(one.id);
assert(ids.includes(model), `${model} is not among ${ids}`);
assert.equal((await client.models.retrieve(model)).id, model);
console.log('models     ', ids.join(' '));

const completion = await client.chat.completions.create({ model, messages });
const [choice] = completion.choices;
assert.equal(completion.object, 'chat.completion');
assert.equal(choice.finish_reason, 'stop');
assert(choice.message.content.length > 0);
assert(completion.usage.total_tokens > 0);
assert.equal(completion.siskin.citations.length > 0, !completion.siskin.abstained);
console.log('completion ', choice.message.content);
console.log('citations  ', completion.siskin.citations.map(c => `${c.document_id} ${c.start}-${c.end}`).join(', '));

const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
let parts = 0;
stream.on('content', () => parts++);
const streamed = await stream.finalChatCompletion();
assert.equal(streamed.choices[0].message.content, choice.message.content);
assert.equal(streamed.choices[0].finish_reason, 'stop');
assert(streamed.usage.total_tokens > 0);
console.log('stream     ', parts, 'parts, the same text');

await assert.rejects(client.chat.completions.create({ model: 'siskin/no-such-collection', messages }),
    error => error instanceof OpenAI.NotFoundError && error.param === 'model');
await assert.rejects(client.chat.completions.create({ model, messages, n: 2 }),
    error => error instanceof OpenAI.BadRequestError && error.param === 'n');
await assert.rejects(client.chat.completions.create({ model: 'siskin/no-such-collection', messages, stream: true }),
    OpenAI.NotFoundError);
console.log('errors      NotFoundError, BadRequestError');

// an error after the first chunk cannot be asked of a service that is well: its bytes, as they are sent
const broken = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/event-stream');
    const delta = { index: 0, delta: { content: 'One. [1]' }, finish_reason: null };
    response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model, choices: [delta] })}\n\n:\n\n`);
    response.end('event: error\ndata: {"error":{"message":"the model is gone","type":"server_error","param":null,"code":"unavailable"}}\n\n');
});
await new Promise(listening => broken.listen(0, '127.0.0.1', listening));
const there = new OpenAI({ baseURL: `http://127.0.0.1:${broken.address().port}/v1`, apiKey: 'none', maxRetries: 0 });
let said = '';
await assert.rejects(async () => {
    for await (const chunk of await there.chat.completions.create({ model, messages, stream: true })) {
        said += chunk.choices[0].delta.content;
    }
}, error => error instanceof OpenAI.APIError && error.message.includes('the model is gone'));
assert.equal(said, 'One. [1]');
broken.close();
console.log('broken off  APIError after the first sentence');
