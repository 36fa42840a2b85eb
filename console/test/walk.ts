import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { NodeProcess } from "../../clients/typescript/test/node.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "";

/** Why pages cannot be walked here; false if they can. */
export const missing: string | false = NodeProcess.missing || (CHROMIUM ? false : "CHROMIUM says where a Chromium is; mvn sets it");
if (missing) console.log(`the pages were not walked: ${missing}`);

/** Pictures of the pages: what a build leaves for people to look at. */
export const SHOTS = "target/screenshots";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** How long a browser waits for anything; a machine may be busy. */
export const PATIENCE_MS = 60_000;

/** The buttons that could be pressed, by page and name; and those that were. */
interface Controls {
  readonly seen: Set<string>;
  readonly pressed: Set<string>;
}

async function watch(context: BrowserContext, controls: Controls): Promise<void> {
  await context.exposeFunction("noteControl", (what: "seen" | "pressed", name: string) => void controls[what].add(name));
  await context.addInitScript(watchControls);
}

/** A browser that walks the pages of a node, and notes what a page must not do. */
export class Walk {
  private constructor(
    readonly url: string,
    readonly browser: Browser,
    readonly page: Page,
    /** Errors of the page's script, and requests to elsewhere. */
    readonly faults: string[],
    private readonly controls: Controls,
  ) {}

  static async begin(url: string): Promise<Walk> {
    mkdirSync(SHOTS, { recursive: true });
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    // The test brings a script of its own to look for findings; the page's policy allows none but its own.
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, bypassCSP: true, reducedMotion: "reduce" });
    const controls = { seen: new Set<string>(), pressed: new Set<string>() };
    await watch(context, controls);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const faults: string[] = [];
    page.on("pageerror", (e) => faults.push(e.message));
    page.on("request", (request) => {
      if (new URL(request.url()).host !== new URL(url).host) faults.push(`a request to ${request.url()}`);
    });
    return new Walk(url, browser, page, faults, controls);
  }

  /** A browser of somebody else, whose buttons count as well. */
  async another(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    await watch(context, this.controls);
    return context;
  }

  /** The buttons of some pages that could be pressed and were not; all of them where none is named. */
  unpressed(...pages: string[]): string[] {
    const { seen, pressed } = this.controls;
    const here = [...seen].filter((name) => pages.length === 0 || pages.some((page) => name.startsWith(`${page}:`)));
    expect(here.length, pages.join()).toBeGreaterThan(0);
    return here.filter((name) => !pressed.has(name)).sort();
  }

  /** What the node answers to who asks it directly. */
  async api<T>(path: string, body?: unknown): Promise<T> {
    const answer = await fetch(
      this.url + path,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } },
    );
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as T;
  }

  async open(path: string, title: string): Promise<void> {
    await this.page.goto(`${this.url}/#/${path}`);
    await this.page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  }

  /** What somebody types into or chooses from, by its label. */
  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true }).and(this.page.locator("input, textarea, select"));
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async theme(theme: "light" | "dark"): Promise<void> {
    const other = this.page.getByRole("button", { name: theme === "dark" ? "Dark theme" : "Light theme" });
    if (await other.isVisible()) await other.click();
  }

  /** No serious finding for those who use a keyboard or a screen reader, in both themes; a picture of each. */
  async look(name: string): Promise<void> {
    for (const theme of ["light", "dark"] as const) {
      await this.theme(theme);
      await this.page.addScriptTag({ path: AXE });
      const serious = await this.page.evaluate(async () => {
        const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe;
        const { violations } = await axe.run();
        return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(serious, `${name}, ${theme}`).toEqual([]);
      await this.page.screenshot({ path: `${SHOTS}/${name}-${theme}.png`, fullPage: true });
    }
  }

  async end(): Promise<void> {
    await this.browser.close();
  }
}

/** Runs in the page: notes each button that can be pressed, and each that is. */
function watchControls(): void {
  const note = (globalThis as unknown as { noteControl(what: string, name: string): void }).noteControl;
  const name = (button: HTMLButtonElement): string => {
    const text = (button.getAttribute("aria-label") ?? button.textContent ?? "").trim();
    if (button.closest("nav")) return `frame: ${text}`;
    if (button.closest("dialog")) return `dialog: ${text}`;
    if (button.closest(".code")) return "Copy";
    // The page that is drawn: the address is ahead of it while the next one is on its way.
    const drawn = document.querySelector('nav a[aria-current="page"]')?.getAttribute("href") ?? "";
    const page = drawn.split("/")[1] || "overview";
    const cell = button.closest("td");
    if (!cell) return `${page}: ${text}`;
    // Named by its column where each row has a name of its own.
    return `${page}: ${cell.closest("table")?.rows[0]?.cells[cell.cellIndex]?.textContent || button.textContent} in a row`;
  };
  const known = new Set<string>();
  const look = (): void => {
    for (const button of document.querySelectorAll("button")) {
      const each = name(button);
      if (button.disabled || known.has(each)) continue;
      known.add(each);
      note("seen", each);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled"] });
  document.addEventListener(
    "click",
    (e) => {
      const button = e.target instanceof Element ? e.target.closest("button") : null;
      if (button) note("pressed", name(button));
    },
    true,
  );
}
