import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { follow } from '../router.ts';

/** The head of a view: it takes the focus when the view comes, as a new page would. */
export function ViewHead({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Tributary`;
    // not at the very first view: nobody left another
    if (document.activeElement !== document.body) head.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <header class="view-head">
      <h1 ref={head} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}

export function Link({
  to,
  current,
  class: name,
  children,
}: {
  readonly to: string;
  readonly current?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <a href={to} class={name} onClick={follow} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

export function Fault({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="fault" role="alert">
      {children}
    </p>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A figure with its name. */
export function Figure({
  name,
  value,
  unit,
  tone,
}: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly unit?: string;
  readonly tone?: 'good' | 'warn' | 'bad';
}) {
  return (
    <div class={`figure ${tone ?? ''}`}>
      <dt>{name}</dt>
      <dd>
        {value}
        {unit !== undefined && <small> {unit}</small>}
      </dd>
    </div>
  );
}

/** One of several: buttons that say which is on. */
export function Choice<Value extends string>({
  label,
  choices,
  value,
  onChange,
}: {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly name: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {choices.map((each) => (
        <button
          key={each.value}
          type="button"
          aria-pressed={each.value === value}
          onClick={() => onChange(each.value)}
        >
          {each.name}
        </button>
      ))}
    </div>
  );
}

/** Pretty-printed where it is JSON. */
export function prettyJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // no JSON: shown as it is
    return undefined;
  }
}
