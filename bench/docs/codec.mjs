// Types the keystrokes of a trace into a document of one library: node --expose-gc codec.mjs LIBRARY TRACE.json.gz ROUNDS.
// Writes one line of JSON: milliseconds, bytes; of several rounds the best counts.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const [library, file, rounds] = process.argv.slice(2)
const trace = JSON.parse(gunzipSync(readFileSync(file)).toString())
const edits = trace.txns.flatMap(step => step.patches)
const now = () => performance.now()
const heap = () => { gc(); gc(); const m = process.memoryUsage(); return m.heapUsed + m.external }

const yjs = async () => {
  const Y = await import('yjs')
  return {
    edit () {
      const doc = new Y.Doc()
      const text = doc.getText('t')
      const updates = []
      doc.on('update', update => updates.push(update))
      for (const [at, removed, inserted] of edits) {
        if (removed) text.delete(at, removed)
        if (inserted) text.insert(at, inserted)
      }
      return updates
    },
    apply (updates) {
      const doc = new Y.Doc()
      for (const update of updates) Y.applyUpdate(doc, update)
      return doc
    },
    encode: doc => Y.encodeStateAsUpdate(doc),
    parse (bytes) { const doc = new Y.Doc(); Y.applyUpdate(doc, bytes); return doc },
    text: doc => doc.getText('t').toString()
  }
}

const ywasm = async () => {
  const Y = await import('ywasm')
  return {
    edit () {
      const doc = new Y.YDoc()
      const text = doc.getText('t')
      const updates = []
      doc.onUpdate(update => updates.push(update))
      for (const [at, removed, inserted] of edits) {
        if (removed) text.delete(at, removed)
        if (inserted) text.insert(at, inserted)
      }
      return updates
    },
    apply (updates) {
      const doc = new Y.YDoc()
      for (const update of updates) Y.applyUpdate(doc, update)
      return doc
    },
    encode: doc => Y.encodeStateAsUpdate(doc),
    parse (bytes) { const doc = new Y.YDoc(); Y.applyUpdate(doc, bytes); return doc },
    text: doc => doc.getText('t').toString()
  }
}

const automerge = async () => {
  const A = await import('@automerge/automerge')
  return {
    edit () {
      let doc = A.from({ t: '' })
      const changes = [A.getLastLocalChange(doc)]
      for (const [at, removed, inserted] of edits) {
        doc = A.change(doc, d => A.splice(d, ['t'], at, removed, inserted))
        changes.push(A.getLastLocalChange(doc))
      }
      return changes
    },
    // All at once: one by one takes minutes.
    apply: changes => A.applyChanges(A.init(), changes)[0],
    encode: doc => A.save(doc),
    parse: bytes => A.load(bytes),
    text: doc => doc.t.toString()
  }
}

const lib = await { yjs, ywasm, automerge }[library]()
const best = {}
const took = (what, run) => {
  const begin = now()
  const result = run()
  best[what] = Math.min(best[what] ?? Infinity, now() - begin)
  return result
}
for (let round = 0; round < Number(rounds); round++) {
  const updates = took('edit', () => lib.edit())
  const doc = took('apply', () => lib.apply(updates))
  if (lib.text(doc) !== trace.endContent) throw new Error('another text')
  let bytes
  for (let i = 0; i < 5; i++) bytes = took('encode', () => lib.encode(doc))
  for (let i = 0; i < 5; i++) took('parse', () => lib.parse(bytes))
  best.size = bytes.length
  best.bytes = bytes
}
const before = heap()
const kept = lib.parse(best.bytes)
best.memory = heap() - before
delete best.bytes
if (lib.text(kept).length === 0) throw new Error('no text')
console.log(JSON.stringify(best))
process.exit(0)
