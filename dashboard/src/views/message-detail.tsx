import { api, ask } from '../client.ts';
import { formatTime, LOCAL_ZONE, plural } from '../format.ts';
import { Empty, Fault } from '../parts/small.tsx';
import { Payload } from '../parts/payload.tsx';
import { useAnswer } from '../use-answer.ts';

/** One record of the stream, whole. */
export function MessageDetail({
  shard,
  position,
  onClose,
}: {
  readonly shard: number;
  readonly position: number;
  readonly onClose: () => void;
}) {
  const key = `${shard}/${position}`;
  const { value, error } = useAnswer(key, key, () =>
    ask(
      api.stream.messages[':shard'][':position'].$get({
        param: { shard: String(shard), position: String(position) },
      }),
    ),
  );
  return (
    <section class="card detail" aria-label="Message">
      <header>
        <h2>Message {key}</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </header>
      {error !== undefined && <Fault>{error}</Fault>}
      {value === undefined ? (
        error === undefined && <Empty>Loading …</Empty>
      ) : (
        <>
          <dl class="facts">
            <dt>topic</dt>
            <dd>{value.topic}</dd>
            <dt>arrived</dt>
            <dd>{formatTime(value.arrivedAt, LOCAL_ZONE, true)}</dd>
            <dt>goes to</dt>
            <dd>
              {value.tables.length === 0
                ? 'the quarantine: no table takes its topic'
                : value.tables.join(', ')}
            </dd>
            <dt>size</dt>
            <dd>{plural(value.bytes, 'byte')}</dd>
          </dl>
          <Payload text={value.payload.text} base64={value.payload.base64} />
        </>
      )}
    </section>
  );
}
