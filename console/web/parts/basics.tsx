import { ThalwegError } from "@thalweg/client";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** A page: its name, what can be done on all of it, and what it shows. */
export function Page(props: { title: string; lead?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${props.title} · Thalweg`;
  }, [props.title]);
  return (
    <main id="main" tabIndex={-1}>
      <header class="page-head">
        <div>
          <h1>{props.title}</h1>
          {props.lead && <p class="lead">{props.lead}</p>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </main>
  );
}

export function Card(props: { title?: string; extra?: ComponentChildren; class?: string; children: ComponentChildren }) {
  return (
    <section class={`card ${props.class ?? ""}`} aria-label={props.title}>
      {(props.title || props.extra) && (
        <header>
          {props.title && <h2>{props.title}</h2>}
          {props.extra}
        </header>
      )}
      {props.children}
    </section>
  );
}

/** A figure with its name. */
export function Figure(props: { name: string; value: ComponentChildren; note?: ComponentChildren; tone?: "good" | "bad" | "warn" }) {
  return (
    <div class={`figure ${props.tone ?? ""}`}>
      <span class="name">{props.name}</span>
      <span class="value">{props.value}</span>
      {props.note && <span class="note">{props.note}</span>}
    </div>
  );
}

export function Badge(props: { tone?: "good" | "bad" | "warn" | "plain"; children: ComponentChildren }) {
  return <span class={`badge ${props.tone ?? "plain"}`}>{props.children}</span>;
}

/** What is shown where there is nothing: what would be here, and the command that fills it. */
export function Empty(props: { title: string; command?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h3>{props.title}</h3>
      {props.children && <p>{props.children}</p>}
      {props.command && <Code text={props.command} />}
    </div>
  );
}

/** Text to copy. */
export function Code(props: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(props.text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div class="code">
      <pre tabIndex={0}>
        <code>{props.text}</code>
      </pre>
      <button type="button" class="quiet" onClick={copy} aria-label={`Copy ${props.label ?? "the command"}`}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

/** An error in the words of the node, with the fields that it names. */
export function Problem(props: { error: unknown }) {
  if (props.error === undefined || props.error === null) return null;
  const error = props.error;
  const fields = error instanceof ThalwegError ? error.fieldViolations : [];
  const code = error instanceof ThalwegError ? error.code : "";
  return (
    <div class="problem" role="alert">
      {code && <strong>{code}</strong>} {error instanceof ThalwegError ? error.reason : error instanceof Error ? error.message : String(error)}
      {fields.length > 0 && (
        <ul>
          {fields.map(({ field, description }) => (
            <li key={field}>
              <code>{field}</code> {description}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A field of a form with its label, and a word on what goes in. */
export function Field(props: { label: string; hint?: string; children: JSX.Element }) {
  return (
    <div class="field">
      <label>
        <span>{props.label}</span>
        {props.children}
      </label>
      {props.hint && <small>{props.hint}</small>}
    </div>
  );
}

export interface Column<T> {
  readonly name: string;
  readonly number?: boolean;
  cell(row: T): ComponentChildren;
}

/** From so many rows on a table is made in pieces, of which those are there that are near to what is seen. */
const MANY = 100;
const PIECE = 50;
const ROW_PX = 38;
/** How far beyond the window a piece is made before it is seen. */
const NEAR_PX = 800;

/** Rows of a long table: while they are far from what is seen one empty row stands for them, as high as they were. */
function Piece(props: { rows: number; children: ComponentChildren }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const height = useRef(props.rows * ROW_PX);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const at = body.current;
    if (!at) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return;
        if (!entry.isIntersecting && entry.boundingClientRect.height > 0) height.current = entry.boundingClientRect.height;
        setNear(entry.isIntersecting);
      },
      { rootMargin: `${NEAR_PX}px 0px` },
    );
    observer.observe(at);
    return () => observer.disconnect();
  }, []);
  return (
    <tbody ref={body}>
      {near ? (
        props.children
      ) : (
        <tr class="gap" aria-hidden="true">
          <td style={{ height: `${height.current}px` }} />
        </tr>
      )}
    </tbody>
  );
}

/** Rows under headings, however many. Wide ones are moved sideways within their card on a narrow screen. */
export function Table<T>(props: { label: string; columns: readonly Column<T>[]; rows: readonly T[]; id(row: T): string; chosen?: string }) {
  const many = props.rows.length > MANY;
  const pieces = Array.from({ length: Math.ceil(props.rows.length / PIECE) }, (_, i) => i * PIECE);
  const rows = (from: number, to: number): JSX.Element[] =>
    props.rows.slice(from, to).map((row, i) => (
      <tr
        key={props.id(row)}
        aria-rowindex={many ? from + i + 2 : undefined}
        aria-selected={props.chosen === undefined ? undefined : props.chosen === props.id(row)}
      >
        {props.columns.map(({ name, number, cell }) => (
          <td key={name} class={number ? "number" : ""}>
            {cell(row)}
          </td>
        ))}
      </tr>
    ));
  return (
    <div class="table" role="region" aria-label={props.label} tabIndex={0}>
      <table aria-rowcount={many ? props.rows.length + 1 : undefined}>
        <thead>
          <tr>
            {props.columns.map(({ name, number }) => (
              <th key={name} scope="col" class={number ? "number" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {many ? (
          pieces.map((start) => (
            <Piece key={start} rows={Math.min(PIECE, props.rows.length - start)}>
              {rows(start, start + PIECE)}
            </Piece>
          ))
        ) : (
          <tbody>{rows(0, props.rows.length)}</tbody>
        )}
      </table>
    </div>
  );
}

/** A question before something that cannot be taken back: the name has to be typed. */
export function Danger(props: { title: string; name: string; what: ComponentChildren; verb: string; onConfirm(): Promise<void>; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (e: Event): Promise<void> => {
    e.preventDefault();
    try {
      await props.onConfirm();
      props.onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <dialog ref={dialog} onClose={props.onClose} aria-labelledby="danger-title">
      <form onSubmit={confirm}>
        <h2 id="danger-title">{props.title}</h2>
        <p>{props.what}</p>
        <Field label={`Type ${props.name} to go on`}>
          <input value={typed} onInput={(e) => setTyped(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <Problem error={error} />
        <div class="actions">
          <button type="button" class="quiet" onClick={props.onClose}>
            Keep it
          </button>
          <button type="submit" class="danger" disabled={typed !== props.name}>
            {props.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
