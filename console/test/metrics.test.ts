import { expect, test } from "vitest";
import { parse, rate, Reading } from "../web/node/metrics.ts";

const TEXT = `# HELP thalweg_commands_total Commands
# TYPE thalweg_commands_total counter
thalweg_commands_total{partition="jobs/0",} 3.0
thalweg_commands_total{partition="a\\"b\\\\c\\n"} 4e2
up 1
broken line
infinite{le="+Inf"} +Inf
`;

test("samples are read with their labels, escapes and numbers, and what is none is left out", () => {
  expect(parse(TEXT)).toEqual([
    { name: "thalweg_commands_total", labels: { partition: "jobs/0" }, value: 3 },
    { name: "thalweg_commands_total", labels: { partition: 'a"b\\c\n' }, value: 400 },
    { name: "up", labels: {}, value: 1 },
    { name: "infinite", labels: { le: "+Inf" }, value: Infinity },
  ]);
});

test("a rate is the difference over the time between, and never negative after a restart", () => {
  const before = new Reading(parse("c 100"), 1_000);
  expect(rate(before, new Reading(parse("c 150"), 3_000), "c")).toBe(25);
  expect(rate(before, new Reading(parse("c 5"), 3_000), "c")).toBe(0);
});
