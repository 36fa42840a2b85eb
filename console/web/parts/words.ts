const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 1,234,567; counts of the API that do not fit a number come as text. */
export function count(value: number | string | undefined): string {
  if (value === undefined) return "0";
  return typeof value === "string" && value.length > 15 ? COUNT.format(BigInt(value)) : COUNT.format(Number(value));
}

/** 1.2M, for where there is little room. */
export function short(value: number): string {
  return value !== 0 && Math.abs(value) < 10 ? value.toFixed(1).replace(/\.0$/, "") : SHORT.format(value);
}

export function millis(seconds: number): string {
  const ms = seconds * 1000;
  if (ms === 0) return "0 ms";
  return ms >= 100 ? `${COUNT.format(ms)} ms` : `${ms.toFixed(ms >= 10 ? 1 : 2)} ms`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let left = value;
  while (left >= 1024 && at < units.length - 1) {
    left /= 1024;
    at++;
  }
  return `${left.toFixed(at === 0 || left >= 100 ? 0 : 1)} ${units[at]}`;
}

/** A time as the place of who reads has it; the exact one belongs into a title. */
export function time(value: string | undefined): string {
  if (!value) return "";
  const at = new Date(value);
  const today = new Date().toDateString() === at.toDateString();
  return today ? at.toLocaleTimeString() : at.toLocaleString();
}

/** How far a time is from now: "in 5 min", "3 h ago". */
export function away(value: string | undefined, nowMs = Date.now()): string {
  if (!value) return "";
  const seconds = (new Date(value).getTime() - nowMs) / 1000;
  const size = Math.abs(seconds);
  const [number, unit] =
    size < 60 ? [size, "s"] : size < 3600 ? [size / 60, "min"] : size < 172800 ? [size / 3600, "h"] : [size / 86400, "d"];
  const text = `${Math.round(number)} ${unit}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** A constant of a contract as words: "SESSION_CLOSED" is "session closed". */
export function words(constant: string): string {
  return constant.toLowerCase().replaceAll("_", " ");
}
