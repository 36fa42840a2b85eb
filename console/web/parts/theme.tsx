import { effect, signal } from "@preact/signals";

const KEPT = "thalweg.theme";
type Theme = "light" | "dark";

function first(): Theme {
  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Dark or light: as the system has it, until somebody chooses. */
export const theme = signal<Theme>(first());
effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

export function ThemeSwitch() {
  const other: Theme = theme.value === "dark" ? "light" : "dark";
  const change = (): void => {
    localStorage.setItem(KEPT, other);
    theme.value = other;
  };
  return (
    <button type="button" class="quiet" onClick={change}>
      {other === "dark" ? "Dark" : "Light"} theme
    </button>
  );
}
