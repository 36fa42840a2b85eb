import type { Kind, Method } from "./method.js";
import { Refusal } from "./errors.js";

type Fields = Readonly<Record<string, unknown>>;

/** An HTTP request without what the client adds to each. */
export interface HttpRequest {
  readonly verb: string;
  /** Path and query. */
  readonly target: string;
  readonly body: string | undefined;
}

/**
 * A request by the HTTP rule of its method: a field goes into the path where the rule names it, else
 * into the body if there is one, else into the query.
 *
 * @throws Refusal INVALID_ARGUMENT for a name that cannot stand in a path
 */
export function httpRequest(method: Method<Kind, never, unknown>, request: object): HttpRequest {
  const [verb = "", rule = ""] = method.rule.split(" ");
  const rest: Record<string, unknown> = { ...request };
  const path = rule.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return segment(field, value);
  });
  if (method.body) return { verb, target: path, body: JSON.stringify(rest, plain) };
  const query = queryOf(rest);
  return { verb, target: query ? `${path}?${query}` : path, body: undefined };
}

function segment(field: string, value: unknown): string {
  const text = value === undefined || value === null ? "" : String(value);
  // A URL parser takes dots away, also encoded ones, and another path would be asked.
  if (text === "" || text === "." || text === "..") {
    const description = text ? `cannot be '${text}', which no URL can hold` : "must be given";
    throw new Refusal({
      code: "INVALID_ARGUMENT",
      reason: `${field} ${description}`,
      fieldViolations: [{ field, description }],
    });
  }
  return encodeURIComponent(text);
}

function queryOf(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one === undefined || one === null) continue;
      query.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  return query.toString();
}

/** A 64-bit integer is text in JSON. */
function plain(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
