// Appends items to a document, and says which are kept by what the server has acknowledged: node kept.mjs URL DOCUMENT FIRST.
import * as Y from 'yjs'
import { WebSocket as NodeSocket } from 'ws'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'

const [base, name, first] = process.argv.slice(2)
class WebSocket extends NodeSocket {
  constructor (...all) {
    super(...all)
    this.on('error', () => {})
  }
}
const say = line => console.log(JSON.stringify(line))
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const doc = new Y.Doc()
const socket = new HocuspocusProviderWebsocket({
  url: base + '/v1/docs/hocuspocus', WebSocketPolyfill: WebSocket, delay: 50, minDelay: 20, maxDelay: 200
})
const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token: '' })
provider.attach()
while (!provider.synced) await pause(5)
const log = doc.getArray('log')
let added = Number(first) - 1
provider.on('unsyncedChanges', ({ number }) => {
  if (number === 0) say({ on: 'kept', last: added })
})
while (true) {
  added++
  log.push([added])
  if (added % 3 === 0) await pause(2)
}
