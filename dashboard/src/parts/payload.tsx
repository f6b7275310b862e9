import { useState } from 'preact/hooks';
import { Choice, prettyJson } from './small.tsx';

type Form = 'pretty' | 'raw' | 'bytes';

/** What a device sent: laid out where it is JSON, as it came, and byte for byte. */
export function Payload({ text, base64 }: { readonly text: string | null; readonly base64: string }) {
  const pretty = text === null ? undefined : prettyJson(text);
  const [form, setForm] = useState<Form>('pretty');
  const shown =
    form === 'pretty' && pretty === undefined ? 'raw' : form === 'raw' && text === null ? 'bytes' : form;
  const choices = [
    ...(pretty === undefined ? [] : [{ value: 'pretty' as const, name: 'Pretty' }]),
    ...(text === null ? [] : [{ value: 'raw' as const, name: 'Raw' }]),
    { value: 'bytes' as const, name: 'Bytes' },
  ];
  return (
    <div class="payload">
      <Choice
        label="How the payload is shown"
        choices={choices}
        value={shown === 'raw' && text === null ? 'bytes' : shown}
        onChange={setForm}
      />
      <pre tabIndex={0} role="region" aria-label="Payload">
        {shown === 'pretty' ? pretty : shown === 'raw' && text !== null ? text : hexOf(base64)}
      </pre>
    </div>
  );
}

/** Sixteen bytes a line: offset, hexadecimal, letters. */
function hexOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    const hex = Array.from(line, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = Array.from(line, (byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·',
    ).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${letters}`);
  }
  return lines.join('\n');
}
