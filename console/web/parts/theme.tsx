import { useEffect, useState } from "preact/hooks";

const KEPT = "thalweg.theme";
type Theme = "light" | "dark";

function first(): Theme {
  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Dark or light: as the system has it, until somebody chooses. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(first);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    localStorage.setItem(KEPT, other);
    setTheme(other);
  };
  return (
    <button type="button" class="quiet" onClick={change}>
      {other === "dark" ? "Dark" : "Light"} theme
    </button>
  );
}
