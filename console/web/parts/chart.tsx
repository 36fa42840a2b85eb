import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "./theme.tsx";
import { short } from "./words.ts";

export interface Line {
  readonly name: string;
  /** A custom property of the style sheet, so that both themes have their colours. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

/** Lines over the last minutes. For who cannot see it, the last values stand in its label. */
export function Chart(props: { label: string; seconds: readonly number[]; lines: readonly Line[]; format?(value: number): string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const format = props.format ?? short;
  const data = [props.seconds as number[], ...props.lines.map(({ values }) => values as (number | null)[])] as uPlot.AlignedData;

  useEffect(() => {
    const div = place.current;
    if (!div) return;
    const style = getComputedStyle(div);
    const colour = (name: string): string => style.getPropertyValue(name);
    const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const made = new uPlot(
      {
        width: div.clientWidth,
        height: 180,
        cursor: { y: false },
        legend: { show: false },
        scales: { x: { time: false, range: (_, min) => [Math.min(-60, min ?? 0), 0] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] } },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((s) => (s === 0 ? "now" : `${Math.round(s)} s`)) },
          { ...axis, size: 56, values: (_, ticks) => ticks.map(format) },
        ],
        series: [{}, ...props.lines.map((line) => ({ label: line.name, stroke: colour(line.colour), width: 2, points: { show: (u: uPlot) => u.data[0].length === 1, size: 6 } }))],
      },
      data,
      div,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: div.clientWidth, height: 180 }));
    observer.observe(div);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [props.lines.length, theme.value]);

  useEffect(() => plot.current?.setData(data), [data]);

  const last = props.lines.map(({ name, values }) => `${name} ${format(values.at(-1) ?? 0)}`).join(", ");
  return (
    <figure class="chart" role="img" aria-label={`${props.label}: ${last}`}>
      <div ref={place} />
      <figcaption aria-hidden="true">
        {props.lines.map((line) => (
          <span key={line.name}>
            <i style={{ background: `var(${line.colour})` }} />
            {line.name} <b>{format(line.values.at(-1) ?? 0)}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
