import { useEffect, useState } from 'preact/hooks';
import type { MessageLine } from '../../../local/web/routes/stream-routes.ts';
import { api, ask, messageOf } from '../client.ts';
import { formatCount, formatDuration, formatTime, LOCAL_ZONE } from '../format.ts';
import { live } from '../live.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty, Fault, ViewHead } from '../parts/small.tsx';
import { MessageDetail } from './message-detail.tsx';

type Search = {
  readonly shard: string;
  readonly topic: string;
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly order: 'newest' | 'oldest';
};

const ALL: Search = { shard: '', topic: '', text: '', from: '', to: '', order: 'newest' };
const PAGE = 100;
/** What is followed stands in one screen. */
const FOLLOWED = 50;

/** Shards and what waits on them; the messages themselves, found and followed. */
export function StreamView() {
  const [search, setSearch] = useState(ALL);
  const [following, setFollowing] = useState(true);
  const [found, setFound] = useState<{
    readonly messages: readonly MessageLine[];
    readonly cursor: string | null;
    readonly scanned: number;
  }>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState<MessageLine>();
  const records = live.value?.stream.records ?? 0;

  async function find(cursor: string | null, limit: number): Promise<void> {
    setBusy(true);
    try {
      const answer = await ask(
        api.stream.messages.$get({
          query: { ...questionOf(search), limit: String(limit), ...(cursor !== null && { cursor }) },
        }),
      );
      setFound((before) =>
        cursor === null
          ? answer
          : {
              ...answer,
              messages: [...(before?.messages ?? []), ...answer.messages],
              scanned: (before?.scanned ?? 0) + answer.scanned,
            },
      );
      setError(undefined);
    } catch (fault) {
      setError(messageOf(fault));
    } finally {
      setBusy(false);
    }
  }

  // what is followed is looked for whenever there is more on the stream
  useEffect(() => {
    if (following && !busy) void find(null, FOLLOWED);
  }, [following, records, search]);
  useEffect(() => {
    if (!following) void find(null, PAGE);
  }, [search, following]);

  return (
    <>
      <ViewHead title="Stream" />
      <Shards onChoose={(shard) => setSearch({ ...search, shard })} />
      <SearchForm
        search={search}
        onSearch={setSearch}
        following={following}
        onFollow={() => setFollowing(!following)}
      />
      {error !== undefined && <Fault>{error}</Fault>}
      <div class="split">
        <section class="card" aria-label="Messages" aria-busy={busy}>
          <Messages messages={found?.messages ?? []} chosen={chosen} onChoose={setChosen} />
          {found?.messages.length === 0 && (
            <Empty>No such message{found.cursor === null ? '' : ' so far'}.</Empty>
          )}
          <p class="note">
            {formatCount(found?.scanned ?? 0)} records looked at
            {!following && found?.cursor !== null && found !== undefined && (
              <button type="button" disabled={busy} onClick={() => void find(found.cursor, PAGE)}>
                Look further
              </button>
            )}
          </p>
        </section>
        {chosen !== undefined && (
          <MessageDetail
            shard={chosen.shard}
            position={chosen.position}
            onClose={() => setChosen(undefined)}
          />
        )}
      </div>
    </>
  );
}

function questionOf({ shard, topic, text, from, to, order }: Search) {
  return {
    order,
    ...(shard !== '' && { shard }),
    ...(topic !== '' && { topic }),
    ...(text !== '' && { text }),
    ...(from !== '' && { from: new Date(from).toISOString() }),
    ...(to !== '' && { to: new Date(to).toISOString() }),
  };
}

function Shards({ onChoose }: { readonly onChoose: (shard: string) => void }) {
  const shards = live.value?.shards ?? [];
  return (
    <section class="card" aria-labelledby="shards">
      <h2 id="shards">Shards</h2>
      <DataTable
        label="Shards, what ingest is done with and what waits"
        columns={[
          { name: 'shard' },
          { name: 'newest', type: 'number' },
          { name: 'done with', type: 'number' },
          { name: 'waiting', type: 'number' },
          { name: 'oldest waits', type: 'number' },
        ]}
        rows={shards.map(({ shard, checkpoint, lag, iteratorAge }) => [
          <button
            type="button"
            class="link"
            onClick={() => onChoose(String(Number(shard.replace(/\D/g, ''))))}
          >
            {shard}
          </button>,
          formatCount(checkpoint + lag),
          formatCount(checkpoint),
          formatCount(lag),
          formatDuration(iteratorAge),
        ])}
      />
    </section>
  );
}

function SearchForm({
  search,
  onSearch,
  following,
  onFollow,
}: {
  readonly search: Search;
  readonly onSearch: (search: Search) => void;
  readonly following: boolean;
  readonly onFollow: () => void;
}) {
  const [draft, setDraft] = useState(search);
  useEffect(() => setDraft(search), [search]);
  const field = (name: keyof Search) => ({
    value: draft[name],
    onInput: (event: { readonly currentTarget: { readonly value: string } }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  const shards = live.value?.shards ?? [];
  return (
    <form
      class="bar"
      aria-label="Search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(draft);
      }}
    >
      <label class="wide">
        topic
        <input type="search" placeholder="part, or a filter as weather/+/observation" {...field('topic')} />
      </label>
      <label class="wide">
        payload holds
        <input type="search" {...field('text')} />
      </label>
      <label>
        shard
        <select {...field('shard')} onChange={field('shard').onInput}>
          <option value="">all</option>
          {shards.map(({ shard }, i) => (
            <option key={shard} value={String(i)}>
              {i}
            </option>
          ))}
        </select>
      </label>
      <label>
        from
        <input type="datetime-local" step="1" {...field('from')} />
      </label>
      <label>
        to
        <input type="datetime-local" step="1" {...field('to')} />
      </label>
      <label>
        order
        <select {...field('order')} onChange={field('order').onInput}>
          <option value="newest">newest first</option>
          <option value="oldest">oldest first</option>
        </select>
      </label>
      <button type="submit" class="main">
        Search
      </button>
      <button type="button" onClick={() => onSearch(ALL)}>
        Clear
      </button>
      <button type="button" aria-pressed={following} onClick={onFollow}>
        {following ? 'Following' : 'Follow'}
      </button>
    </form>
  );
}

function Messages({
  messages,
  chosen,
  onChoose,
}: {
  readonly messages: readonly MessageLine[];
  readonly chosen: MessageLine | undefined;
  readonly onChoose: (message: MessageLine) => void;
}) {
  return (
    <DataTable
      label="Messages found"
      height="60vh"
      columns={[
        { name: 'arrived' },
        { name: 'position' },
        { name: 'topic' },
        { name: 'bytes', type: 'number' },
        { name: 'payload' },
        { name: 'goes to' },
      ]}
      rows={messages.map((message) => [
        <time>{formatTime(message.arrivedAt, LOCAL_ZONE, true)}</time>,
        <button
          type="button"
          class="link"
          aria-pressed={chosen?.shard === message.shard && chosen.position === message.position}
          onClick={() => onChoose(message)}
        >
          {message.shard}/{message.position}
        </button>,
        message.topic,
        formatCount(message.bytes),
        <code class="preview">{message.preview ?? 'bytes'}</code>,
        message.tables.length === 0 ? <span class="warn">quarantine</span> : message.tables.join(', '),
      ])}
    />
  );
}
