import { useEffect } from "preact/hooks";
import type { ComponentType } from "preact";
import { follow, health, lost } from "./node/live.ts";
import { remember, signedIn, signInWanted, signOut } from "./node/session.ts";
import { Badge } from "./parts/basics.tsx";
import { SignIn } from "./parts/sign-in.tsx";
import { ThemeSwitch } from "./parts/theme.tsx";
import { AccessPage } from "./pages/access.tsx";
import { ClusterPage } from "./pages/cluster.tsx";
import { DataPage } from "./pages/data.tsx";
import { DocumentsPage } from "./pages/documents.tsx";
import { ExplorerPage } from "./pages/explorer.tsx";
import { JobsPage } from "./pages/jobs.tsx";
import { KeysPage } from "./pages/keys.tsx";
import { LeaderboardPage } from "./pages/leaderboard.tsx";
import { LocksPage } from "./pages/locks.tsx";
import { LogPage } from "./pages/log.tsx";
import { MessagingPage } from "./pages/messaging.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { PartitionsPage } from "./pages/partitions.tsx";
import { TourPage } from "./pages/tour.tsx";
import mark from "./mark.svg";
import { route, to } from "./route.ts";

/** The pages, in the order of the menu. */
const PAGES: readonly { path: string; name: string; group: string; page: ComponentType }[] = [
  { path: "", name: "Overview", group: "Node", page: OverviewPage },
  { path: "partitions", name: "Partitions", group: "Node", page: PartitionsPage },
  { path: "log", name: "Log", group: "Node", page: LogPage },
  { path: "cluster", name: "Cluster", group: "Node", page: ClusterPage },
  { path: "data", name: "Data", group: "Node", page: DataPage },
  { path: "access", name: "Access", group: "Node", page: AccessPage },
  { path: "leaderboard", name: "Leaderboards", group: "Services", page: LeaderboardPage },
  { path: "jobs", name: "Jobs", group: "Services", page: JobsPage },
  { path: "keys", name: "Keys", group: "Services", page: KeysPage },
  { path: "locks", name: "Locks", group: "Services", page: LocksPage },
  { path: "messaging", name: "Messaging", group: "Services", page: MessagingPage },
  { path: "documents", name: "Documents", group: "Services", page: DocumentsPage },
  { path: "tour", name: "Tour", group: "Build", page: TourPage },
  { path: "explorer", name: "Explorer", group: "Build", page: ExplorerPage },
];

export function App() {
  useEffect(follow, []);
  useEffect(remember, []);
  const at = route.value[0] ?? "";
  const shown = PAGES.find(({ path }) => path === at);
  const Shown = shown?.page;
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), document.getElementById("main")?.focus())}>
        Skip to the page
      </a>
      <nav class="rail" aria-label="Pages">
        <a class="brand" href={to()}>
          <img src={mark} alt="" width="28" height="28" />
          Thalweg
        </a>
        {["Node", "Services", "Build"].map((group) => (
          <div class="group" key={group}>
            <h2>{group}</h2>
            {PAGES.filter((page) => page.group === group).map(({ path, name }) => (
              <a key={path} href={to(...(path ? [path] : []))} aria-current={path === at ? "page" : undefined}>
                {name}
              </a>
            ))}
          </div>
        ))}
        <div class="group foot">
          <a href="/docs">API reference</a>
          <State />
          <ThemeSwitch />
          {signedIn.value && (
            <button type="button" class="quiet" onClick={() => void signOut()}>
              Sign out
            </button>
          )}
        </div>
      </nav>
      {lost.value && (
        <div class="lost" role="status">
          The node cannot be reached. What is shown is as it was; this page comes back by itself.
        </div>
      )}
      {Shown ? (
        <Shown key={at} />
      ) : (
        <main id="main">
          <h1>There is no page {at}</h1>
        </main>
      )}
      {signInWanted.value && <SignIn />}
    </>
  );
}

function State() {
  if (lost.value) return <Badge tone="bad">not reached</Badge>;
  if (!health.value) return <Badge>asking</Badge>;
  return health.value.ready ? <Badge tone="good">ready</Badge> : <Badge tone="warn">not ready</Badge>;
}
