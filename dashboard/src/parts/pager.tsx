import { formatCount } from '../format.ts';

/** Goes through what is too long for one page. */
export function Pager({
  offset,
  page,
  total,
  what,
  onChange,
}: {
  readonly offset: number;
  readonly page: number;
  readonly total: number;
  readonly what: string;
  readonly onChange: (offset: number) => void;
}) {
  const end = Math.min(total, offset + page);
  return (
    <div class="pager">
      <button type="button" disabled={offset === 0} onClick={() => onChange(0)}>
        First
      </button>
      <button type="button" disabled={offset === 0} onClick={() => onChange(Math.max(0, offset - page))}>
        Back
      </button>
      <span aria-live="polite">
        {total === 0
          ? `no ${what}`
          : `${what} ${formatCount(offset + 1)} to ${formatCount(end)} of ${formatCount(total)}`}
      </span>
      <button type="button" disabled={end >= total} onClick={() => onChange(offset + page)}>
        Next
      </button>
      <button
        type="button"
        disabled={end >= total}
        onClick={() => onChange(Math.floor((total - 1) / page) * page)}
      >
        Last
      </button>
    </div>
  );
}
