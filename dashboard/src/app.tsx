import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatCount, formatRate } from './format.ts';
import { connected, isStale, live } from './live.ts';
import { Fault, Link } from './parts/small.tsx';
import { place } from './router.ts';
import { theme, toggleTheme } from './theme.ts';
import { FleetsView } from './views/fleets.tsx';
import { FlowView } from './views/flow.tsx';
import { StreamView } from './views/stream.tsx';
import { TablesView } from './views/tables.tsx';

const VIEWS = [
  { path: '/flow', name: 'Flow', icon: 'M3 12h4l3-7 4 14 3-7h4' },
  { path: '/fleets', name: 'Fleets', icon: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z' },
  { path: '/stream', name: 'Stream', icon: 'M4 6h16M4 12h16M4 18h10' },
  { path: '/tables', name: 'Tables', icon: 'M4 5h16v14H4zM4 10h16M10 10v9' },
  { path: '/sql', name: 'SQL', icon: 'M5 8l4 4-4 4M12 17h7' },
] as const;

/** The frame of all views: where one is, where one can go, and whether the run is well. */
export function App() {
  const { path } = place.value;
  const current = VIEWS.find((view) => path === view.path || path.startsWith(`${view.path}/`)) ?? VIEWS[0];
  return (
    <div class="frame">
      <a class="skip" href="#view">
        Skip to the view
      </a>
      <div class="side">
        <Link to="/flow" class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M5 7c7 0 7 9 11 9M27 7c-7 0-7 9-11 9v10" />
          </svg>
          Tributary
        </Link>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <Link key={view.path} to={view.path} current={view === current}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={view.icon} />
              </svg>
              {view.name}
            </Link>
          ))}
        </nav>
        <Pulse />
      </div>
      <main id="view">
        {isStale.value && (
          <Fault>
            {connected.value
              ? 'The product says nothing any more: what stands here is old.'
              : 'The line to the product is broken. It is taken up again by itself.'}
          </Fault>
        )}
        <View name={current.path} />
      </main>
    </div>
  );
}

function View({ name }: { readonly name: (typeof VIEWS)[number]['path'] }) {
  switch (name) {
    case '/flow':
      return <FlowView />;
    case '/fleets':
      return <FleetsView />;
    case '/stream':
      return <StreamView />;
    case '/tables':
      return <TablesView />;
    case '/sql':
      return <SqlLater />;
  }
}

/** The editor is as large as all the rest: it comes when somebody wants it. */
function SqlLater() {
  const [Loaded, setLoaded] = useState<ComponentType | undefined>(undefined);
  useEffect(() => {
    void import('./views/sql.tsx').then(({ SqlView }) => setLoaded(() => SqlView));
  }, []);
  return Loaded === undefined ? <p class="empty">Loading the editor …</p> : <Loaded />;
}

function Pulse() {
  const state = live.value;
  const lag = state?.shards.reduce((sum, shard) => sum + shard.lag, 0) ?? 0;
  const failing = (state?.ingest.failuresInARow ?? 0) > 0;
  const tone = isStale.value || failing ? 'bad' : 'good';
  return (
    <div class="pulse">
      <p class={tone}>
        <span class="dot" />
        {isStale.value ? 'No news' : failing ? 'Ingest fails' : 'Live'}
      </p>
      <p>
        <b>{formatRate(state?.rates.messages ?? 0)}</b> messages/s
      </p>
      <p>
        <b>{formatCount(lag)}</b> waiting
      </p>
      <button type="button" onClick={toggleTheme}>
        {theme.value === 'dark' ? 'Light' : 'Dark'} theme
      </button>
    </div>
  );
}
