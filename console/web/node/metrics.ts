/** One line of the text that `/metrics` answers. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" };

/** Reads the text format of Prometheus. */
export function parse(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, labelled, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const labels: Record<string, string> = {};
    for (const [, key, raw] of (labelled ?? "").matchAll(LABEL)) {
      if (key !== undefined && raw !== undefined) {
        labels[key] = raw.replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
      }
    }
    const number = value === "+Inf" ? Infinity : Number(value);
    if (!Number.isNaN(number)) samples.push({ name, labels, value: number });
  }
  return samples;
}

/** What was read at one time. */
export class Reading {
  private readonly byName = new Map<string, Sample[]>();

  constructor(
    samples: readonly Sample[],
    /** When it was read, in milliseconds of a clock that does not jump. */
    readonly atMs: number,
  ) {
    for (const sample of samples) {
      const known = this.byName.get(sample.name);
      if (known) known.push(sample);
      else this.byName.set(sample.name, [sample]);
    }
  }

  of(name: string, fits: Fits = () => true): readonly Sample[] {
    return (this.byName.get(name) ?? []).filter(({ labels }) => fits(labels));
  }

  sum(name: string, fits?: Fits): number {
    return this.of(name, fits).reduce((sum, { value }) => (Number.isFinite(value) ? sum + value : sum), 0);
  }

  max(name: string, fits?: Fits): number {
    return this.of(name, fits).reduce((max, { value }) => (value > max ? value : max), 0);
  }

  /** The values of a label, each once, sorted. */
  values(name: string, label: string): readonly string[] {
    return [...new Set(this.of(name).map(({ labels }) => labels[label] ?? ""))].sort();
  }
}

export type Fits = (labels: Readonly<Record<string, string>>) => boolean;

/** Events a second between two readings. A node that was started again counts from 0. */
export function rate(before: Reading, now: Reading, name: string, fits?: Fits): number {
  const seconds = Math.max(1e-3, (now.atMs - before.atMs) / 1000);
  return Math.max(0, now.sum(name, fits) - before.sum(name, fits)) / seconds;
}
