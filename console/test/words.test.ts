import { expect, test } from "vitest";
import { away, bytes, count, millis, short, words } from "../web/parts/words.ts";

test("numbers as people read them", () => {
  expect(count("9223372036854775807")).toBe("9,223,372,036,854,775,807");
  expect(count(1234567)).toBe("1,234,567");
  expect(count(undefined)).toBe("0");
  expect(short(0)).toBe("0");
  expect(short(2.25)).toBe("2.3");
  expect(short(1234567)).toBe("1.2M");
  expect(bytes(1536)).toBe("1.5 KiB");
  expect(bytes(12)).toBe("12 B");
  expect(millis(0.00123)).toBe("1.23 ms");
  expect(millis(1.5)).toBe("1,500 ms");
});

test("times as distances from now", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(away("2026-01-01T00:05:00Z", now)).toBe("in 5 min");
  expect(away("2025-12-31T21:00:00Z", now)).toBe("3 h ago");
  expect(away(undefined, now)).toBe("");
});

test("constants of a contract as words", () => {
  expect(words("SESSION_CLOSED")).toBe("session closed");
});
