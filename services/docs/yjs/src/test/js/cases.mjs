// Writes random documents, one a line: the updates of several clients in a random order, some of
// them merged, and what Yjs makes of them. Arguments: the first seed, the number of cases.
import * as Y from 'yjs'

const [firstSeed, cases] = process.argv.slice(2).map(Number)
const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const WORDS = ['a', 'bc', 'déf', '\u{1f600}', 'x\u{1f600}y', 'hello ', '\n', '漢字', 'zzzzzz']
const VALUES = [1, -5, 1.5, 's', null, true, { k: [1, 2] }, new Uint8Array([1, 2, 3]), 2 ** 40, 0.1, -0]
const KEYS = ['p', 'q', 'r']

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function random (seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function edit (doc, below, pick) {
  const text = doc.getText('t')
  const list = doc.getArray('a')
  const map = doc.getMap('m')
  const xml = doc.getXmlFragment('x')
  switch (below(15)) {
    case 0: case 1: case 2:
      text.insert(below(text.length + 1), pick(WORDS))
      break
    case 3:
      if (text.length) {
        const at = below(text.length)
        text.delete(at, 1 + below(Math.min(5, text.length - at)))
      }
      break
    case 4:
      if (text.length) {
        const at = below(text.length)
        text.format(at, 1 + below(text.length - at), { [pick(['bold', 'i'])]: pick([true, null, { x: 1 }]) })
      }
      break
    case 5:
      text.insert(below(text.length + 1), pick(WORDS), { bold: true })
      break
    case 6:
      text.insertEmbed(below(text.length + 1), { img: 'u' + below(9), v: 1.5 })
      break
    case 7:
      list.insert(below(list.length + 1), [pick(VALUES)])
      break
    case 8:
      if (list.length) {
        const at = below(list.length)
        list.delete(at, 1 + below(Math.min(3, list.length - at)))
      }
      break
    case 9:
      map.set(pick(KEYS), pick([1, 'v', null, { z: 1 }, [1]]))
      break
    case 10:
      map.delete(pick(KEYS))
      break
    case 11: {
      const nested = pick([() => new Y.Map(), () => new Y.Array(), () => new Y.Text('nested')])()
      if (below(2)) map.set(pick(['p', 'q']), nested)
      else list.insert(below(list.length + 1), [nested])
      break
    }
    case 12: {
      const element = new Y.XmlElement(pick(['P', 'div']))
      element.setAttribute('k', 'v' + below(3))
      xml.insert(below(xml.length + 1), [element])
      const inner = new Y.XmlText('hi')
      element.insert(0, [inner])
      if (below(2)) inner.format(0, 1, { b: { c: 'd' } })
      break
    }
    case 13:
      if (xml.length && below(2)) xml.delete(below(xml.length), 1)
      else if (xml.length) {
        const element = xml.get(below(xml.length))
        if (element instanceof Y.XmlElement && element.length) element.delete(0, 1)
      }
      break
    case 14: {
      const nested = map.get('p')
      if (nested instanceof Y.Map) nested.set('in' + below(2), below(5))
      else if (nested instanceof Y.Array) nested.insert(0, [below(5)])
      else if (nested instanceof Y.Text) nested.insert(0, 'n')
      break
    }
  }
}

/** Several clients edit, and hear of each other late and out of order; returns all updates. */
function session (next, below, pick) {
  const docs = []
  const inboxes = []
  const log = []
  for (let i = 2 + below(3); i > 0; i--) {
    const doc = new Y.Doc()
    doc.clientID = below(4) === 0 ? i : Math.floor(next() * 2 ** 32)
    const mine = docs.push(doc) - 1
    inboxes.push([])
    doc.on('update', (update, origin) => {
      if (origin !== 'remote') {
        log.push(update)
        inboxes.forEach((inbox, other) => { if (other !== mine) inbox.push(update) })
      }
    })
  }
  for (let step = 10 + below(60); step > 0; step--) {
    edit(pick(docs), below, pick)
    for (let deliveries = below(4); deliveries > 0; deliveries--) {
      const to = below(docs.length)
      const inbox = inboxes[to]
      if (inbox.length) {
        const at = below(3) === 0 ? below(inbox.length) : 0
        Y.applyUpdate(docs[to], inbox.splice(at, 1)[0], 'remote')
      }
    }
  }
  docs.forEach((doc, i) => inboxes[i].forEach((update) => Y.applyUpdate(doc, update, 'remote')))
  return log
}

for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
  const next = random(seed)
  const below = (bound) => Math.floor(next() * bound)
  const pick = (all) => all[below(all.length)]
  const log = session(next, below, pick)

  const order = log.map((update) => [next(), update]).sort((p, q) => p[0] - q[0]).map((p) => p[1])
  const given = []
  for (let at = 0; at < order.length;) {
    const part = order.slice(at, at + 1 + below(3))
    at += part.length
    if (part.length > 1 && below(2)) given.push(Y.mergeUpdates(part))
    else given.push(...part)
  }
  const late = new Y.Doc()
  late.clientID = 0x7fffffff
  let half = null
  given.forEach((update, i) => {
    Y.applyUpdate(late, update)
    if (i === given.length >> 1) half = base64(Y.encodeStateVector(late))
  })
  // Where Yjs does not look again at what waits (a merged update with gaps), a new document does.
  let doc = late
  if (late.store.pendingStructs) {
    doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(late))
  }
  const plain = (_, value) => value instanceof Uint8Array ? base64(value) : value
  console.log(JSON.stringify({
    seed,
    given: given.map(base64),
    half,
    lookedAgain: doc !== late,
    stateVector: base64(Y.encodeStateVector(doc)),
    all: base64(Y.encodeStateAsUpdate(doc)),
    allV2: base64(Y.encodeStateAsUpdateV2(doc)),
    text: doc.getText('t').toString(),
    delta: JSON.stringify(doc.getText('t').toDelta()),
    xml: doc.getXmlFragment('x').toString(),
    list: JSON.stringify(doc.getArray('a').toJSON(), plain),
    map: JSON.stringify(doc.getMap('m').toJSON())
  }))
}
