import { useEffect, useRef, useState } from 'preact/hooks';
import type { QueryAnswer } from '../../../local/web/query-desk.ts';
import { api, ask, messageOf } from '../client.ts';
import { Empty, Fault, ViewHead } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';
import { keepQuery, queryHistory } from './query-history.ts';
import { SqlEditor } from './sql-editor.tsx';
import { SqlResult } from './sql-result.tsx';

type Run =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly id: string }
  | { readonly kind: 'done'; readonly answer: QueryAnswer }
  | { readonly kind: 'failed'; readonly error: string };

/** Queries over the lake: an editor, examples of each fleet, what was asked before, and the answer. */
export function SqlView() {
  const [loaded, setLoaded] = useState({ text: queryHistory.value[0] ?? '' });
  const text = useRef(loaded.text);
  const [run, setRun] = useState<Run>({ kind: 'idle' });
  const latest = useRef('');
  const { value } = useAnswer('names', 'names', () => ask(api.sql.names.$get()));
  useEffect(() => {
    // whoever never asked anything begins with an example
    if (value !== undefined && text.current === '') load(value.examples[0]?.sql ?? '');
  }, [value]);

  function load(sql: string): void {
    text.current = sql;
    setLoaded({ text: sql });
  }

  async function start(sql: string): Promise<void> {
    if (sql.trim() === '' || run.kind === 'running') return;
    const id = crypto.randomUUID();
    if (run.kind === 'done') void api.sql.queries[':id'].$delete({ param: { id: run.answer.id } });
    latest.current = id;
    setRun({ kind: 'running', id });
    keepQuery(sql);
    try {
      const answer = await ask(api.sql.queries.$post({ json: { id, sql } }));
      if (latest.current === id) setRun({ kind: 'done', answer });
    } catch (error) {
      if (latest.current === id) setRun({ kind: 'failed', error: messageOf(error) });
    }
  }

  return (
    <>
      <ViewHead title="SQL" />
      <div class="sql">
        <aside class="list" aria-label="Queries">
          <h2>Examples</h2>
          {(value?.examples ?? []).map(({ title, fleet, sql }) => (
            <button key={`${fleet} ${title}`} type="button" onClick={() => load(sql)}>
              {fleet !== '' && <small>{fleet}</small>}
              {title}
            </button>
          ))}
          <h2>Before</h2>
          {queryHistory.value.length === 0 && <Empty>Nothing was asked yet.</Empty>}
          {queryHistory.value.map((sql) => (
            <button key={sql} type="button" class="code" title={sql} onClick={() => load(sql)}>
              {sql.replaceAll(/\s+/g, ' ').slice(0, 90)}
            </button>
          ))}
        </aside>
        <div>
          <section class="card" aria-label="Editor">
            <SqlEditor
              loaded={loaded}
              names={value?.names ?? []}
              onChange={(typed) => (text.current = typed)}
              onRun={() => void start(text.current)}
            />
            <div class="actions">
              <button
                type="button"
                class="main"
                disabled={run.kind === 'running'}
                onClick={() => void start(text.current)}
              >
                Run
              </button>
              {run.kind === 'running' && (
                <button
                  type="button"
                  onClick={() => void api.sql.queries[':id'].$delete({ param: { id: run.id } })}
                >
                  Cancel
                </button>
              )}
              <span class="note">Ctrl-Enter runs. Read-only: 30 s, 512 MB.</span>
            </div>
          </section>
          <div role="status">{run.kind === 'running' && <Empty>Running …</Empty>}</div>
          {run.kind === 'failed' && <Fault>{run.error}</Fault>}
          {run.kind === 'done' && <SqlResult key={run.answer.id} answer={run.answer} />}
        </div>
      </div>
    </>
  );
}
