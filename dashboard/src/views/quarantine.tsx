import { useState } from 'preact/hooks';
import { api, ask, messageOf } from '../client.ts';
import { formatCount, formatTime, LOCAL_ZONE, plural } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Payload } from '../parts/payload.tsx';
import { Empty, Fault, Figure } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';

type Selection = { readonly reason?: string; readonly table?: string };

/** What could not become rows: why, what it was, and another try under today's definitions. */
export function QuarantinePanel({ newest }: { readonly newest: number }) {
  const [selection, setSelection] = useState<Selection>({});
  const [chosen, setChosen] = useState<string>();
  const about = JSON.stringify(selection);
  const { value, error } = useAnswer(`${newest} ${about}`, about, () =>
    ask(api.quarantine.$get({ query: selection })),
  );
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Reading the quarantine …</Empty>;
  if (value.messages === 0 && about === '{}')
    return <Empty>Nothing is in the quarantine: every message became rows.</Empty>;
  return (
    <>
      <div class="card tried">
        <dl class="figures">
          <Figure name="messages" value={formatCount(value.messages)} />
          <Figure
            name="open"
            value={formatCount(value.open)}
            {...(value.open > 0 && { tone: 'warn' as const })}
          />
        </dl>
        <Replay selection={selection} open={value.open} />
      </div>
      <section class="card" aria-labelledby="reasons">
        <h2 id="reasons">Reasons</h2>
        <DataTable
          label="Failures by reason and table"
          columns={[
            { name: 'reason' },
            { name: 'table' },
            { name: 'state' },
            { name: 'failures', type: 'number' },
            { name: 'messages', type: 'number' },
            { name: 'first' },
            { name: 'last' },
          ]}
          rows={value.groups.map((group) => [
            <button
              type="button"
              class="link"
              onClick={() =>
                setSelection({ reason: group.reason, ...(group.table !== null && { table: group.table }) })
              }
            >
              {group.reason}
            </button>,
            group.table ?? 'no table takes the topic',
            <span class={group.state === 'open' ? 'warn' : 'good'}>{group.state}</span>,
            formatCount(group.failures),
            formatCount(group.messages),
            formatTime(Date.parse(group.first), LOCAL_ZONE),
            formatTime(Date.parse(group.last), LOCAL_ZONE),
          ])}
        />
        {about !== '{}' && (
          <p class="note">
            Selected: {Object.values(selection).join(', ')}{' '}
            <button type="button" onClick={() => setSelection({})}>
              Show all
            </button>
          </p>
        )}
      </section>
      <div class="split">
        <section class="card" aria-labelledby="latest">
          <h2 id="latest">The latest messages</h2>
          <DataTable
            label="The latest messages"
            height="50vh"
            columns={[{ name: 'arrived' }, { name: 'topic' }, { name: 'why' }, { name: 'state' }]}
            rows={value.latest.map((row) => [
              <button
                type="button"
                class="link"
                aria-pressed={row.origin === chosen}
                onClick={() => setChosen(row.origin)}
              >
                {formatTime(Date.parse(row.arrived), LOCAL_ZONE, true)}
              </button>,
              row.topic,
              `${row.reason}: ${row.detail}`,
              <span class={row.resolution === null ? 'warn' : 'good'}>{row.resolution ?? 'open'}</span>,
            ])}
          />
        </section>
        {chosen !== undefined && <Message origin={chosen} onClose={() => setChosen(undefined)} />}
      </div>
    </>
  );
}

function Replay({ selection, open }: { readonly selection: Selection; readonly open: number }) {
  const [state, setState] = useState<{
    readonly busy: boolean;
    readonly said?: string;
    readonly error?: string;
  }>({ busy: false });
  async function replay(): Promise<void> {
    setState({ busy: true });
    try {
      const { messages, rows, resolved, failing } = await ask(
        api.quarantine.replay.$post({ json: { ...selection } }),
      );
      setState({
        busy: false,
        said: `${plural(messages, 'message')} tried: ${plural(rows, 'row')} made, ${formatCount(resolved)} resolved, ${formatCount(failing)} still fail`,
      });
    } catch (error) {
      setState({ busy: false, error: messageOf(error) });
    }
  }
  return (
    <div class="replay">
      <button type="button" class="main" disabled={state.busy || open === 0} onClick={() => void replay()}>
        {state.busy
          ? 'Trying …'
          : selection.reason === undefined
            ? 'Try all again'
            : 'Try the selection again'}
      </button>
      <p class="note" role="status">
        {state.said ?? 'Each reading becomes a row once, by its origin, under today’s definition.'}
      </p>
      {state.error !== undefined && <Fault>{state.error}</Fault>}
    </div>
  );
}

function Message({ origin, onClose }: { readonly origin: string; readonly onClose: () => void }) {
  const { value, error } = useAnswer(origin, origin, () =>
    ask(api.quarantine.message.$get({ query: { origin } })),
  );
  return (
    <section class="card detail" aria-label="Message">
      <header>
        <h2>Message</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </header>
      {error !== undefined && <Fault>{error}</Fault>}
      {value?.messages.map((message) => (
        <div key={message.origin}>
          <dl class="facts">
            <dt>origin</dt>
            <dd>{message.origin}</dd>
            <dt>topic</dt>
            <dd>{message.topic}</dd>
            <dt>state</dt>
            <dd>
              {message.resolution === null ? 'open' : `${message.resolution} at ${message.resolved_at}`}
            </dd>
          </dl>
          <DataTable
            label="What failed"
            columns={[{ name: 'reading' }, { name: 'reason' }, { name: 'column' }, { name: 'detail' }]}
            rows={message.failures.map(({ index, reason, column, detail }) => [
              index < 0 ? 'all' : index,
              reason,
              column ?? '',
              detail,
            ])}
          />
          <Payload text={message.payload.text} base64={message.payload.base64} />
        </div>
      ))}
    </section>
  );
}
