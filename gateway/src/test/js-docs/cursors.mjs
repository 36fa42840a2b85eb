// Unmodified clients of one document at two nodes: node cursors.mjs URL_A URL_B DOCUMENT.
// Each moves its cursor and looks for those of all others; then one leaves. Writes what happens as lines of JSON.
import * as Y from 'yjs'
import { WebSocket as NodeSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'

const [urlA, urlB, name] = process.argv.slice(2)
class WebSocket extends NodeSocket {
  constructor (...all) {
    super(...all)
    this.on('error', () => {})
  }
}
const say = line => console.log(JSON.stringify(line))
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const yWebsocket = base => {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(base + '/v1/docs/yjs', name, doc, {
    WebSocketPolyfill: WebSocket, disableBc: true, maxBackoffTime: 200
  })
  return { base, doc, awareness: provider.awareness, synced: () => provider.synced, leave: () => provider.destroy() }
}
const hocuspocus = base => {
  const doc = new Y.Doc()
  const socket = new HocuspocusProviderWebsocket({
    url: base + '/v1/docs/hocuspocus', WebSocketPolyfill: WebSocket, delay: 50, minDelay: 20, maxDelay: 200
  })
  const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token: '' })
  provider.attach()
  return {
    base, doc, awareness: provider.awareness, synced: () => provider.synced,
    leave: () => { provider.destroy(); socket.destroy() }
  }
}
const until = async (what, done) => {
  for (let i = 0; i < 6000; i++) {
    if (done()) return
    await pause(20)
  }
  say({ on: 'stuck', what })
  process.exit(1)
}
const cursorOf = (seer, seen) => seer.awareness.getStates().get(seen.doc.clientID)?.cursor
const allSee = (clients, at) => clients.every(seer => clients.every(seen => cursorOf(seer, seen) === at))

const clients = [yWebsocket(urlA), hocuspocus(urlA), yWebsocket(urlB)]
await until('sync', () => clients.every(c => c.synced()))
for (const at of [1, 2, 3]) {
  clients.forEach(c => c.awareness.setLocalStateField('cursor', at))
  await until('cursors at ' + at, () => allSee(clients, at))
}
// Who comes later is told of those who are there, also where nobody of its node had the document open.
const late = hocuspocus(urlB)
clients.push(late)
late.awareness.setLocalStateField('cursor', 3)
await until('the late one', () => allSee(clients, 3))
const [gone] = clients.splice(0, 1)
gone.leave()
await until('one has left', () => clients.every(c => cursorOf(c, gone) === undefined))
await until('the others stay', () => allSee(clients, 3))
// What they type goes the other way: through the log.
clients[0].doc.getText('t').insert(0, 'typed at one node')
await until('text', () => clients.every(c => c.doc.getText('t').toString() === 'typed at one node'))
say({ on: 'done' })
process.exit(0)
