import { Refusal } from "./errors.js";

/** One event of a stream. Without `data` it only moves the position. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string | undefined;
  /** The last id that the stream has given; undefined if none. */
  readonly id: string | undefined;
}

/** Far more than the largest event of any contract. */
const MAX_EVENT_CHARS = 16 << 20;

/**
 * Reads server-sent events (the WHATWG HTML standard, section 9.2) from text that comes in pieces.
 * Keeps at most one unfinished event. An event that is cut off by the end of the stream never was.
 */
export class EventParser {
  /** The pause before coming back that the server asked for, in milliseconds. */
  retryMs: number | undefined;

  private rest = "";
  private type = "";
  private data: string[] = [];
  private dataChars = 0;
  private id: string | undefined;
  private news = false;

  /** @throws Refusal RESOURCE_EXHAUSTED for an event without end */
  *push(text: string): Generator<ServerSentEvent> {
    const all = this.rest + text;
    let at = 0;
    for (;;) {
      const end = lineEnd(all, at);
      if (!end) break;
      const event = this.line(all.slice(at, end.at));
      at = end.next;
      if (event) yield event;
    }
    this.rest = all.slice(at);
    if (this.rest.length + this.dataChars > MAX_EVENT_CHARS) {
      throw new Refusal({ code: "OUT_OF_RANGE", reason: `an event has more than ${MAX_EVENT_CHARS} characters` });
    }
  }

  private line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      this.data.push(value);
      this.dataChars += value.length;
    } else if (field === "event") {
      this.type = value;
    } else if (field === "id" && !value.includes("\0")) {
      this.id = value;
      this.news = true;
    } else if (field === "retry" && /^\d+$/.test(value)) {
      this.retryMs = Number(value);
    }
    return undefined;
  }

  private dispatch(): ServerSentEvent | undefined {
    const data = this.data.length ? this.data.join("\n") : undefined;
    const event = { type: this.type || "message", data, id: this.id };
    const worth = data !== undefined || this.news;
    this.type = "";
    this.data = [];
    this.dataChars = 0;
    this.news = false;
    return worth ? event : undefined;
  }
}

/** Where the next line ends: at LF, CR LF or CR. A CR at the very end may be half of a CR LF. */
function lineEnd(text: string, from: number): { at: number; next: number } | undefined {
  const lf = text.indexOf("\n", from);
  const line = lf < 0 ? text.slice(from) : text.slice(from, lf);
  const cr = line.indexOf("\r");
  if (cr < 0) return lf < 0 ? undefined : { at: lf, next: lf + 1 };
  const at = from + cr;
  if (at + 1 === text.length) return undefined;
  return { at, next: at + 1 === lf ? lf + 1 : at + 1 };
}
