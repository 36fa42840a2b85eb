// Runs the scenarios of the jobs bench against a peer; prints one JSON line for each.
// Arguments: graphile|pgboss|bullmq, or one of them with -batched; its URL, jobs, size of the big tenant.
import {createRequire} from 'node:module';

const require = createRequire(process.env.PEERS + '/');
const [peer, url, jobsText, bigText] = process.argv.slice(2);
const jobs = +jobsText, big = +bigText;
const batched = peer.endsWith('-batched');
const CLIENTS = 50, BATCH = 1000, SMALL = 100, LATENCY = 200;

const say = (scenario, values) => console.log(JSON.stringify({scenario, ...values}));
const sleep = ms => new Promise(r => setTimeout(r, ms));
const quantile = (all, q) => all.sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(q * all.length))];
const chunks = n => Array.from({length: Math.ceil(n / BATCH)}, (_, i) => Math.min(BATCH, n - i * BATCH));

// Each peer: add(payload), addMany(payloads), and work(handler) that begins workers.
async function graphile() {
  const {run, makeWorkerUtils, Logger} = require('graphile-worker');
  const {Pool} = require('pg');
  const pool = new Pool({connectionString: url, max: 60});
  const utils = await makeWorkerUtils({pgPool: pool, logger: new Logger(() => () => {})});
  await utils.migrate();
  return {
    add: payload => utils.addJob('noop', payload),
    addMany: payloads => pool.query(
      'select graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))',
      [JSON.stringify(payloads.map(payload => ({identifier: 'noop', payload})))]),
    work: handler => run({
      pgPool: pool, concurrency: CLIENTS, noHandleSignals: true, logger: new Logger(() => () => {}),
      taskList: {noop: async payload => handler(payload)},
      preset: batched ? {worker: {localQueue: {size: 500}, completeJobBatchDelay: 0, failJobBatchDelay: 0}} : undefined,
    }),
  };
}

async function bullmq() {
  const {Queue, Worker} = require('bullmq');
  const at = new URL(url);
  const connection = {host: at.hostname, port: +at.port, maxRetriesPerRequest: null};
  const queue = new Queue('bench', {connection, defaultJobOptions: {removeOnComplete: true}});
  await queue.waitUntilReady();
  return {
    add: payload => queue.add('noop', payload),
    addMany: payloads => queue.addBulk(payloads.map(data => ({name: 'noop', data}))),
    work: async handler => {
      const worker = new Worker('bench', async job => handler(job.data), {connection, concurrency: CLIENTS});
      await worker.waitUntilReady();
    },
  };
}

// Woken by LISTEN and NOTIFY; a worker that got a full batch asks again at once.
async function pgboss() {
  const {PgBoss} = require('pg-boss');
  const boss = new PgBoss({connectionString: url, max: 60, useListenNotify: true, supervise: false, schedule: false});
  boss.on('error', e => console.error(e.message));
  await boss.start();
  await boss.createQueue(peer, {notify: true});
  return {
    add: payload => boss.send(peer, payload),
    addMany: payloads => boss.insert(peer, payloads.map(data => ({data}))),
    work: handler => boss.work(
      peer,
      batched
        ? {batchSize: 500, localConcurrency: 4, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenBatchFull: true}
        : {batchSize: 1, localConcurrency: CLIENTS, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5},
      async all => { for (const job of all) handler(job.data); }),
  };
}

const kinds = {graphile, pgboss, bullmq};
const it = await kinds[peer.replace('-batched', '')]();
let done = 0;
let waits = null;
await it.work(async payload => {
  if (waits && payload.at) waits.push({ms: Date.now() - payload.at, tenant: payload.tenant});
  done++;
});

async function produce(count, make) {
  if (batched) {
    for (const n of chunks(count)) await it.addMany(Array.from({length: n}, make));
  } else {
    let left = count;
    await Promise.all(Array.from({length: CLIENTS}, async () => { while (left-- > 0) await it.add(make()); }));
  }
}

// No-op jobs, from the first enqueue to the last one done.
await produce(500, () => ({}));
while (done < 500) await sleep(5);
done = 0;
let began = performance.now();
await produce(jobs, () => ({}));
while (done < jobs) await sleep(2);
say('rate', {perSecond: jobs / (performance.now() - began) * 1000});

if (!batched) {
  waits = [];
  for (let i = 0; i < LATENCY; i++) {
    await it.add({at: Date.now(), tenant: 'idle'});
    while (waits.length <= i) await sleep(1);
    await sleep(5);
  }
  const ms = waits.map(w => w.ms);
  say('latency', {p50: quantile(ms, 0.5), p99: quantile(ms, 0.99)});
} else if (big > 0) {
  waits = [];
  for (const n of chunks(big)) {
    await it.addMany(Array.from({length: n}, () => ({at: Date.now(), tenant: 'big'})));
  }
  await it.addMany(Array.from({length: SMALL}, () => ({at: Date.now(), tenant: 'small'})));
  while (waits.filter(w => w.tenant === 'small').length < SMALL) await sleep(20);
  say('small', {p99: quantile(waits.filter(w => w.tenant === 'small').map(w => w.ms), 0.99)});
}
process.exit(0);
