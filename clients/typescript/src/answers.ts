import { type Code, type Failure, type FieldViolation, Refusal } from "./errors.js";

const BY_STATUS: Readonly<Record<number, Code>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  413: "INVALID_ARGUMENT",
  421: "PERMISSION_DENIED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNIMPLEMENTED",
  // What a proxy says whose server is away.
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
const MAX_TOLD = 200;

interface Detail {
  readonly "@type"?: string;
  readonly fieldViolations?: readonly Partial<FieldViolation>[];
  readonly retryDelay?: string;
}

/** The failure that an answer other than 2xx tells, whoever wrote it. */
export function failureOf(status: number, body: string, headers?: Headers): Failure {
  const error = errorIn(body);
  const details = error?.details ?? [];
  const asked = details.find((d) => d.retryDelay !== undefined)?.retryDelay;
  return {
    code: error?.status ?? BY_STATUS[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL"),
    reason: error?.message || `HTTP ${status}${body ? `: ${body.slice(0, MAX_TOLD)}` : ""}`,
    fieldViolations: details
      .flatMap((d) => d.fieldViolations ?? [])
      .map((v) => ({ field: v.field ?? "", description: v.description ?? "" })),
    retryDelayMs: asked ? Math.round(parseFloat(asked) * 1000) : retryAfterMs(headers?.get("retry-after")),
    status,
  };
}

function errorIn(body: string): { status?: Code; message?: string; details?: readonly Detail[] } | undefined {
  try {
    return (JSON.parse(body) as { error?: object }).error;
  } catch {
    return undefined; // Not from the gateway: the status has to do.
  }
}

/** Seconds or a date, as RFC 9110 has it. */
function retryAfterMs(value: string | null | undefined): number | undefined {
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** What `fetch` or reading from it threw, as a lost connection. */
export function lostConnection(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const error = thrown as { message?: string; cause?: { message?: string; code?: string } } | undefined;
  const why = error?.cause?.message || error?.cause?.code || error?.message || String(thrown);
  return new Refusal({ code: "UNAVAILABLE", reason: `the connection failed: ${why}`, cause: thrown });
}
