import { expect, test } from "vitest";
import { brief, eventsPath, joined, type LoggedEvent } from "../web/node/log.ts";

function event(offset: number): LoggedEvent {
  return { offset, time: "2026-01-01T00:00:00Z", type: "T", project: 0, slot: 1, event: { n: offset } };
}

test("the address of a page names what was asked for and nothing else", () => {
  expect(eventsPath("jobs/3", {})).toBe("services/jobs/partitions/3/events");
  expect(eventsPath("jobs/3", { key: "a b&c", type: "", from: 0 })).toBe("services/jobs/partitions/3/events?key=a+b%26c&from=0");
});

test("a newer page goes behind what is shown, without what is there already", () => {
  const shown = [event(1), event(2)];
  expect(joined(shown, [event(2), event(3)]).map(({ offset }) => offset)).toEqual([1, 2, 3]);
  const many = Array.from({ length: 1_200 }, (_, i) => event(i));
  expect(joined([], many)).toHaveLength(1_000);
  expect(joined([], many).at(-1)?.offset).toBe(1_199);
});

test("an event in one line is what it says, or why it cannot be read", () => {
  expect(brief(event(7))).toBe('{"n":7}');
  const { event: _, ...frame } = event(7);
  expect(brief({ ...frame, payload: "AAAA", sealedKeyId: "k" })).toBe("sealed");
  expect(brief({ ...frame, payload: "AAAA" })).toBe("4 characters of base64");
});
