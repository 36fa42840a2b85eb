// Two ProseMirror editors, bound by the unmodified y-prosemirror, edit one document over both framings:
// node prosemirror.mjs BASE_URL DOCUMENT EDITS SEED. There is no browser: the editors have state and no screen.
// Writes what happens as lines of JSON.
import * as Y from 'yjs'
import { WebSocket as NodeSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { EditorState } from 'prosemirror-state'
import { schema } from 'prosemirror-schema-basic'
import {
  absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPlugin, ySyncPluginKey
} from 'y-prosemirror'

const [base, name, editsText, seedText] = process.argv.slice(2)
let seed = Number(seedText)
const random = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >>> 8) % n
}
class WebSocket extends NodeSocket {
  constructor (...all) {
    super(...all)
    this.on('error', () => {})
  }
}
const say = line => console.log(JSON.stringify(line))
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// What y-prosemirror needs of a view.
class Editor {
  constructor (fragment) {
    const plugin = ySyncPlugin(fragment)
    this.fragment = fragment
    this.state = EditorState.create({ schema, plugins: [plugin] })
    this.shown = plugin.spec.view(this)
  }

  hasFocus () { return false }

  dispatch (tr) {
    this.state = this.state.apply(tr)
    this.shown?.update(this)
  }

  get mapping () { return ySyncPluginKey.getState(this.state).binding.mapping }
}

const open = framing => {
  const doc = new Y.Doc()
  if (framing === 'y') {
    const provider = new WebsocketProvider(base + '/v1/docs/yjs', name, doc, {
      WebSocketPolyfill: WebSocket, disableBc: true, maxBackoffTime: 200
    })
    return { doc, awareness: provider.awareness, synced: () => provider.synced }
  }
  const socket = new HocuspocusProviderWebsocket({
    url: base + '/v1/docs/hocuspocus', WebSocketPolyfill: WebSocket, delay: 50, minDelay: 20, maxDelay: 200
  })
  const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token: '' })
  provider.attach()
  return { doc, awareness: provider.awareness, synced: () => provider.synced && provider.unsyncedChanges === 0 }
}

const until = async (what, done) => {
  for (let i = 0; i < 6000; i++) {
    if (done()) return
    await pause(20)
  }
  say({ on: 'stuck', what })
  process.exit(1)
}

const join = async framing => {
  const client = open(framing)
  await until('first sync', client.synced)
  client.editor = new Editor(client.doc.getXmlFragment('prosemirror'))
  return client
}

const edit = editor => {
  const { state } = editor
  const size = state.doc.content.size
  const at = random(size + 1)
  const inside = state.doc.resolve(at).parent.isTextblock
  const to = Math.min(size, at + 1 + random(6))
  const tr = state.tr
  switch (random(6)) {
    case 0:
      if (inside && state.doc.resolve(at).depth > 0) tr.split(at)
      break
    case 1:
      if (at < to) tr.addMark(at, to, schema.marks[random(2) ? 'strong' : 'em'].create())
      break
    case 2:
      if (at < to) tr.deleteRange(at, to)
      break
    case 3:
      if (inside) tr.setBlockType(at, at, schema.nodes.heading, { level: 1 + random(3) })
      break
    default:
      if (inside) tr.insertText(['a', 'bc ', 'ü', 'defg'][random(4)], at)
  }
  if (tr.docChanged) editor.dispatch(tr)
}

const clients = [await join('y'), await join('h')]
const [ana, bo] = clients
ana.editor.dispatch(ana.editor.state.tr.insertText('Hello, world', 1))
const shown = client => JSON.stringify(client.editor.state.doc.toJSON())
await until('the first words', () => shown(bo).includes('Hello, world'))
say({ on: 'begun' })
for (let i = 0; i < Number(editsText); i++) {
  edit(clients[random(2)].editor)
  if (random(3) === 0) await pause(random(8))
}
const agree = () => clients.every(c => c.synced() && c.doc.store.pendingStructs === null &&
  c.editor.fragment.toString() === ana.editor.fragment.toString() && shown(c) === shown(ana))
await until('agreement', agree)
const fresh = await join('y')
clients.push(fresh)
await until('a fresh client', agree)

// Cursors, as y-prosemirror's plugin for them tells them: by what stands beside them.
clients.forEach((client, i) => {
  const { editor, awareness, doc } = client
  const at = Math.min(i + 1, editor.state.doc.content.size)
  client.at = at
  const relative = absolutePositionToRelativePosition(at, editor.fragment, editor.mapping)
  awareness.setLocalStateField('cursor', { anchor: relative, head: relative })
  awareness.setLocalStateField('user', { name: 'u' + doc.clientID })
})
const sees = (one, other) => {
  const cursor = one.awareness.getStates().get(other.doc.clientID)?.cursor
  return cursor !== undefined && relativePositionToAbsolutePosition(
    one.doc, one.editor.fragment, Y.createRelativePositionFromJSON(cursor.head), one.editor.mapping) === other.at
}
await until('cursors', () => clients.every(one => clients.every(other => one === other || sees(one, other))))
say({ on: 'done', xml: ana.editor.fragment.toString(), blocks: ana.editor.state.doc.childCount })
process.exit(0)
