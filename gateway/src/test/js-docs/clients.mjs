// Drives unmodified clients of Yjs: node clients.mjs FRAMINGS BASE_URL DOCUMENT EDITS SEED.
// FRAMINGS: a letter for each client, y (y-websocket) or h (Hocuspocus). Writes what happens as lines of JSON.
import * as Y from 'yjs'
import { WebSocket as NodeSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'

const [framings, base, name, editsText, seedText] = process.argv.slice(2)
const edits = Number(editsText)
let seed = Number(seedText)
const random = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >>> 8) % n
}
// A browser's WebSocket throws no error that nobody listens to.
class WebSocket extends NodeSocket {
  constructor (...all) {
    super(...all)
    this.on('error', () => {})
  }
}
const say = line => console.log(JSON.stringify(line))
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const open = framing => {
  const doc = new Y.Doc()
  if (framing === 'y') {
    const provider = new WebsocketProvider(base + '/v1/docs/yjs', name, doc, {
      WebSocketPolyfill: WebSocket, disableBc: true, maxBackoffTime: 200
    })
    return {
      framing, doc, awareness: provider.awareness,
      cut: () => provider.disconnect(), join: () => provider.connect(),
      synced: () => provider.synced, unsynced: () => 0, destroy: () => provider.destroy()
    }
  }
  const socket = new HocuspocusProviderWebsocket({
    url: base + '/v1/docs/hocuspocus', WebSocketPolyfill: WebSocket, delay: 50, minDelay: 20, maxDelay: 200
  })
  const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token: '' })
  provider.attach()
  return {
    framing, doc, awareness: provider.awareness,
    cut: () => socket.disconnect(), join: () => socket.connect(),
    synced: () => provider.synced, unsynced: () => provider.unsyncedChanges,
    destroy: () => { provider.destroy(); socket.destroy() }
  }
}

const clients = [...framings].map(open)
const added = []

const edit = (client, i) => {
  const { doc } = client
  const text = doc.getText('t')
  switch (random(6)) {
    case 0: {
      const from = random(text.length + 1)
      text.delete(from, Math.min(text.length - from, random(4)))
      break
    }
    case 1: {
      const from = random(text.length + 1)
      text.format(from, Math.min(text.length - from, 1 + random(5)), { bold: random(2) === 0 ? true : null })
      break
    }
    case 2:
      doc.getMap('m').set('k' + random(5), { n: random(100) })
      break
    case 3: {
      const item = 'e' + i
      added.push(item)
      doc.getArray('log').push([item])
      break
    }
    default:
      text.insert(random(text.length + 1), ['a', 'bc', ' ', 'ü', '😀'][random(5)])
  }
}

const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
const agree = clients => {
  const first = Y.encodeStateVector(clients[0].doc)
  return clients.every(c => same(Y.encodeStateVector(c.doc), first) &&
    c.doc.getText('t').toString() === clients[0].doc.getText('t').toString())
}
// States of the last edits that are not there yet wait in a document: then there is more to come.
const settled = clients => clients.every(c => c.synced() && c.unsynced() === 0 && c.doc.store.pendingStructs === null && c.doc.store.pendingDs === null) && agree(clients)
const until = async (what, done) => {
  for (let i = 0; i < 6000; i++) {
    if (done()) return
    await pause(20)
  }
  say({ on: 'stuck', what, clients: clients.map(c => ({ framing: c.framing, synced: c.synced(), unsynced: c.unsynced(), text: c.doc.getText('t').length })) })
  process.exit(1)
}

await until('first sync', () => clients.every(c => c.synced()))
clients.forEach((c, i) => c.awareness.setLocalStateField('user', { name: 'u' + i }))
say({ on: 'synced' })
for (let i = 0; i < edits; i++) {
  if (i === Math.floor(edits / 3)) say({ on: 'third' })
  const client = clients[random(clients.length)]
  edit(client, i)
  const other = clients[random(clients.length)]
  if (random(15) === 0) other.cut()
  if (random(8) === 0) clients.forEach(c => random(2) === 0 && c.join())
  if (random(3) === 0) await pause(random(8))
}
clients.forEach(c => c.join())
say({ on: 'edited' })
await until('agreement', () => settled(clients))
const fresh = open('y')
await until('a fresh client', () => fresh.synced() && agree([...clients, fresh]))
await until('awareness', () => clients.every(c => clients.every(o =>
  c.awareness.getStates().get(o.doc.clientID)?.user !== undefined)))
const log = fresh.doc.getArray('log').toArray()
say({
  on: 'done',
  text: fresh.doc.getText('t').toString(),
  delta: fresh.doc.getText('t').toDelta(),
  map: fresh.doc.getMap('m').toJSON(),
  stateVector: Buffer.from(Y.encodeStateVector(fresh.doc)).toString('base64'),
  lost: added.filter(e => !log.includes(e)),
  doubled: log.length - new Set(log).size,
  kept: log.length
})
process.exit(0)
