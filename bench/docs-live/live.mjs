// Types into live documents of one server after the other and prints a table; see bench/README.
// node live.mjs THALWEG WORK DOCUMENTS CLIENTS SECONDS FIRST_RATE IDLE; PEERS has the servers and what this needs.
import { createRequire } from 'node:module'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const [thalweg, work, documentsText, clientsText, secondsText, firstText, idleText] = process.argv.slice(2)
const require = createRequire(process.env.PEERS + '/')
const Y = require('yjs')
const WebSocket = require('ws')
const encoding = require('lib0/encoding')
const decoding = require('lib0/decoding')
const DOCUMENTS = +documentsText, CLIENTS = +clientsText, SECONDS = +secondsText, FIRST = +firstText, IDLE = +idleText
const LIMIT_MS = 50, STEP = 1.4, MAX_STEPS = 25, SYNC = 0, AUTH = 2
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const now = () => performance.now()

// ---- Servers: each on core 0, in a process of its own ------------------------------------------

const node = process.env.PEERS + '/node_modules/node/bin/node'
const servers = {
  'Thalweg, forced to disk': {
    framing: 'yjs', path: name => '/v1/docs/yjs/' + name,
    command: (port, dir) => [[thalweg, 'up', '--port', port, '--data', dir], {}]
  },
  'Thalweg by Hocuspocus, forced to disk': {
    framing: 'hocuspocus', path: () => '/v1/docs/hocuspocus',
    command: (port, dir) => [[thalweg, 'up', '--port', port, '--data', dir], {}]
  },
  '@y/websocket-server, memory (default)': {
    framing: 'yjs', path: name => '/' + name,
    command: port => [[node, process.env.PEERS + '/node_modules/@y/websocket-server/src/server.js'], { HOST: '127.0.0.1', PORT: port }]
  },
  '@y/websocket-server, LevelDB': {
    framing: 'yjs', path: name => '/' + name,
    command: (port, dir) => [[node, process.env.PEERS + '/node_modules/@y/websocket-server/src/server.js'], { HOST: '127.0.0.1', PORT: port, YPERSISTENCE: dir }]
  },
  '@hocuspocus/server, memory (default)': {
    framing: 'hocuspocus', path: () => '/',
    command: port => [[node, new URL('hocuspocus.mjs', import.meta.url).pathname, port], {}]
  },
  '@hocuspocus/server, SQLite': {
    framing: 'hocuspocus', path: () => '/',
    command: (port, dir) => [[node, new URL('hocuspocus.mjs', import.meta.url).pathname, port, dir + '/db.sqlite'], {}]
  }
}

const freePort = () => new Promise(resolve => {
  const listening = createServer().listen(0, '127.0.0.1', () => {
    const { port } = listening.address()
    listening.close(() => resolve(port))
  })
})
const isOpen = port => new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
  socket.on('error', () => resolve(false))
})
let number = 0
const start = async server => {
  const port = String(await freePort()), dir = `${work}/live${number++}`
  mkdirSync(dir, { recursive: true })
  const [command, env] = server.command(port, dir)
  const child = spawn('taskset', ['-c', '0', ...command], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise(resolve => child.on('exit', resolve))
  for (let i = 0; !(await isOpen(+port)); i++) {
    if (i === 600 || child.exitCode !== null) throw new Error('it did not start: ' + command.join(' '))
    await sleep(100)
  }
  await sleep(1000)
  return { port, pid: child.pid, server, stop: async () => { child.kill('SIGKILL'); await ended } }
}
const rssKb = pid => +/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]
// User and system ticks of 10 ms.
const cpuMs = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (+fields[11] + +fields[12]) * 10
}

// ---- Clients: the messages of the protocols, without a document behind most of them ------------

const open = (run, name, heard) => new Promise((resolve, reject) => {
  const { framing, path } = run.server
  const socket = new WebSocket(`ws://127.0.0.1:${run.port}${path(name)}`, { perMessageDeflate: false })
  socket.binaryType = 'nodebuffer'
  const begin = kind => {
    const encoder = encoding.createEncoder()
    if (framing === 'hocuspocus') encoding.writeVarString(encoder, name)
    encoding.writeVarUint(encoder, kind)
    return encoder
  }
  const sync = (kind, bytes) => {
    const encoder = begin(SYNC)
    encoding.writeVarUint(encoder, kind)
    encoding.writeVarUint8Array(encoder, bytes)
    socket.send(encoding.toUint8Array(encoder))
  }
  const client = { socket, edit: update => sync(2, update), close: () => socket.terminate() }
  socket.on('error', reject)
  socket.on('close', (code, why) => { if (!client.over) console.error('closed:', code, String(why)) })
  socket.on('open', () => {
    if (framing === 'hocuspocus') {
      const encoder = begin(AUTH)
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, '')
      // The version of the protocol, which newer servers read.
      encoding.writeVarString(encoder, '4.7.0')
      socket.send(encoding.toUint8Array(encoder))
    }
    sync(0, Y.encodeStateVector(new Y.Doc()))
  })
  socket.on('message', data => {
    const decoder = decoding.createDecoder(data)
    if (framing === 'hocuspocus') {
      if (data.length < 3) return
      decoding.readVarString(decoder)
    }
    if (decoding.readVarUint(decoder) !== SYNC) return
    const kind = decoding.readVarUint(decoder)
    if (kind === 0) sync(1, new Uint8Array([0, 0]))
    else if (kind === 1) resolve(client)
    else heard(decoding.readVarUint8Array(decoder))
  })
})

// ---- Edits ------------------------------------------------------------------------------------

let nextClient = 1
const room = async (run, name) => {
  const room = { writers: [], sent: new Map() }
  for (let i = 0; i < CLIENTS; i++) {
    const doc = new Y.Doc()
    doc.clientID = nextClient++
    const writer = { doc, clock: 0, at: [] }
    writer.client = await open(run, name, update => run.heard(room, i, update))
    room.sent.set(doc.clientID, writer)
    room.writers.push(writer)
  }
  return room
}

/** Some seconds at a rate, open loop: counted from when an edit was due. */
const round = async (run, rooms, rate) => {
  const latencies = []
  let expected = 0
  run.heard = (room, reader, update) => {
    // Some servers merge what comes at the same time.
    for (const { id, length } of Y.decodeUpdate(update).structs) {
      const writer = room.sent.get(id.client)
      if (writer === undefined || room.writers[reader] === writer) continue
      for (let clock = id.clock; clock < id.clock + length; clock++) latencies.push(now() - writer.at[clock])
    }
  }
  const cpu = cpuMs(run.pid), own = process.cpuUsage(), begun = now(), count = rate * SECONDS
  for (let i = 0; i < count; i++) {
    const due = begun + i * 1000 / rate
    while (now() < due) await new Promise(resolve => due - now() > 2 ? setTimeout(resolve, 1) : setImmediate(resolve))
    if (i % 64 === 0) await new Promise(resolve => setImmediate(resolve))
    const room = rooms[i % rooms.length], writer = room.writers[Math.floor(i / rooms.length) % CLIENTS]
    let update
    writer.doc.once('update', bytes => { update = bytes })
    writer.doc.getText('t').insert(writer.clock, 'x')
    writer.at[writer.clock++] = due
    writer.client.edit(update)
    expected += CLIENTS - 1
  }
  const took = now() - begun
  for (let i = 0; i < 100 && latencies.length < expected; i++) await sleep(20)
  latencies.sort((a, b) => a - b)
  const q = f => latencies[Math.min(latencies.length - 1, Math.floor(f * latencies.length))] ?? Infinity
  const { user, system } = process.cpuUsage(own)
  return {
    rate, p50: q(0.5), p99: q(0.99), arrived: latencies.length / expected,
    server: 100 * (cpuMs(run.pid) - cpu) / (now() - begun), load: (user + system) / 10 / took
  }
}

const measure = async name => {
  const run = await start(servers[name])
  try {
    const rooms = []
    for (let i = 0; i < DOCUMENTS; i++) rooms.push(await room(run, 'bench' + i))
    await round(run, rooms, FIRST)
    let best
    for (let rate = FIRST, step = 0; step < MAX_STEPS; rate = Math.round(rate * STEP), step++) {
      let at = await round(run, rooms, rate)
      // Once more: a pause of something else is not the server's bound.
      if (at.p99 > LIMIT_MS) at = await round(run, rooms, rate)
      console.error(`${name}: ${rate}/s, p50 ${at.p50.toFixed(1)} p99 ${at.p99.toFixed(1)} ms, arrived ${(100 * at.arrived).toFixed(1)} %, server ${at.server.toFixed(0)} %, load ${at.load.toFixed(0)} %`)
      if (at.p99 > LIMIT_MS || at.arrived < 0.999) break
      best = at
    }
    rooms.forEach(room => room.writers.forEach(writer => { writer.client.over = true; writer.client.close() }))
    return best
  } finally {
    await run.stop()
  }
}

/** Bytes of RSS: of a document with one connection, of one more connection, and of a document that nobody is connected to. */
const memory = async name => {
  const run = await start(servers[name])
  run.heard = () => {}
  const opened = []
  const close = all => all.forEach(client => { client.over = true; client.close() })
  try {
    const text = new Y.Doc()
    text.getText('t').insert(0, 'some words of a document. '.repeat(40))
    const fill = Y.encodeStateAsUpdate(text)
    const warm = await open(run, 'warm', () => {})
    warm.edit(fill)
    await sleep(2000)
    const kb = [rssKb(run.pid)]
    for (let i = 0; i < IDLE; i++) {
      const client = await open(run, 'idle' + i, () => {})
      client.edit(fill)
      opened.push(client)
    }
    await sleep(5000)
    kb.push(rssKb(run.pid))
    for (let i = 0; i < IDLE; i++) opened.push(await open(run, 'idle' + i, () => {}))
    await sleep(5000)
    kb.push(rssKb(run.pid))
    close([warm, ...opened])
    await sleep(15000)
    kb.push(rssKb(run.pid))
    return { document: (kb[1] - kb[0]) / IDLE, connection: (kb[2] - kb[1]) / IDLE, left: (kb[3] - kb[0]) / IDLE, base: kb[0] }
  } finally {
    await run.stop()
  }
}

const only = process.env.ONLY ? Object.keys(servers).filter(name => name.includes(process.env.ONLY)) : Object.keys(servers)
const results = []
for (const name of only) results.push({ name, ...(await measure(name)), memory: IDLE > 0 ? await memory(name) : undefined })
const figure = (x, digits = 1) => x === undefined ? '' : x.toFixed(digits)
const row = cells => console.log('| ' + cells.join(' | ') + ' |')
console.log(`${DOCUMENTS} documents, ${CLIENTS} clients each; the last rate of which p99 was within ${LIMIT_MS} ms`)
row(['server', 'edits/s', 'p50 ms', 'p99 ms', 'server core %', 'load core %', 'KiB a document and connection', 'KiB a further connection', 'KiB left a document when all are gone', 'MiB at first'])
row(Array(10).fill(':--'))
for (const r of results) {
  row([r.name, r.rate ?? 'none', figure(r.p50), figure(r.p99), figure(r.server, 0), figure(r.load, 0),
    figure(r.memory?.document), figure(r.memory?.connection), figure(r.memory?.left), figure(r.memory && r.memory.base / 1024, 0)])
}
for (const [ours, theirs] of [['Thalweg, ', '@y/'], ['Thalweg by', '@hocuspocus']]) {
  const own = results.find(r => r.name.startsWith(ours))
  for (const peer of results.filter(r => r.name.startsWith(theirs))) {
    if (own?.rate && peer.rate) console.log(`${own.name} to ${peer.name}: ${(own.rate / peer.rate).toFixed(2)} times the edits/s`)
  }
}
process.exit(0)
