// The unmodified JavaScript client of Centrifuge, driven by lines of JSON: commands come on stdin,
// what happens goes to stdout.
import { createInterface } from 'node:readline';
import { Centrifuge } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import WebSocket from 'ws';

const [url, form] = process.argv.slice(2);
const Client = form === 'protobuf' ? ProtobufCentrifuge : Centrifuge;
const client = new Client(url, {
  websocket: WebSocket,
  minReconnectDelay: 20,
  maxReconnectDelay: 200,
});

const say = (what) => console.log(JSON.stringify(what));
const encode = (value) =>
  form === 'protobuf' ? new TextEncoder().encode(JSON.stringify(value)) : value;
const decode = (data) =>
  form === 'protobuf' ? JSON.parse(new TextDecoder().decode(data)) : data;

client.on('connected', (ctx) => say({ on: 'connected', client: ctx.client }));
client.on('disconnected', (ctx) => say({ on: 'disconnected', code: ctx.code }));

function subscribe(channel, joinLeave) {
  const sub = client.newSubscription(channel, { minResubscribeDelay: 20, maxResubscribeDelay: 200, joinLeave });
  sub.on('join', (ctx) => say({ on: 'join', client: ctx.info.client }));
  sub.on('leave', (ctx) => say({ on: 'leave', client: ctx.info.client }));
  sub.on('publication', (ctx) =>
    say({ on: 'publication', offset: ctx.offset, event: ctx.tags?.event, data: decode(ctx.data) }));
  sub.on('subscribed', (ctx) =>
    say({ on: 'subscribed', wasRecovering: ctx.wasRecovering, recovered: ctx.recovered, position: ctx.streamPosition }));
  sub.on('unsubscribed', (ctx) => say({ on: 'unsubscribed', code: ctx.code }));
  sub.subscribe();
}

async function answer(promise, pick) {
  try {
    say({ on: 'answer', result: pick(await promise) });
  } catch (error) {
    say({ on: 'error', code: error.code, message: error.message });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const ask = JSON.parse(line);
  switch (ask.do) {
    case 'subscribe': return subscribe(ask.channel, ask.joinLeave);
    case 'unsubscribe': {
      const sub = client.getSubscription(ask.channel);
      sub.unsubscribe();
      return client.removeSubscription(sub);
    }
    case 'rpc': return answer(client.rpc(ask.method, encode(ask.data)), (r) => decode(r.data));
    case 'publish': return answer(client.publish(ask.channel, encode({})), () => 'published');
    case 'history':
      return answer(client.history(ask.channel, { limit: ask.limit, since: ask.since }), (r) => ({
        offset: r.offset,
        epoch: r.epoch,
        publications: r.publications.map((p) => p.offset),
      }));
    case 'presence': return answer(client.presence(ask.channel), (r) => r.clients);
    case 'presenceStats': return answer(client.presenceStats(ask.channel), (r) => r.numClients);
    case 'quit':
      client.disconnect();
      return process.exit(0);
  }
}).on('close', () => process.exit(0));

client.connect();
