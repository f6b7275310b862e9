import { acceptCompletion, autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import type { SqlName } from '../../../local/web/fleet-report.ts';

const highlight = HighlightStyle.define([
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'tok-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'tok-number' },
  { tag: tags.comment, class: 'tok-comment' },
  { tag: tags.typeName, class: 'tok-type' },
]);

/** A text that is put into the editor, each time anew: what is typed meanwhile is the editor's own. */
export type Loaded = { readonly text: string };

/** An editor for one query. It completes the lake's names; Tab leaves it, as everywhere on the page. */
export function SqlEditor({
  loaded,
  names,
  onChange,
  onRun,
}: {
  readonly loaded: Loaded;
  readonly names: readonly SqlName[];
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const language = useRef(new Compartment());
  const said = useRef({ onChange, onRun });
  said.current = { onChange, onRun };

  useEffect(() => {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name=nonce]')?.content ?? '';
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: loaded.text,
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          syntaxHighlighting(highlight),
          placeholder('SELECT … FROM …'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'Query' }),
          language.current.of(languageOf(names)),
          keymap.of([
            { key: 'Mod-Enter', run: () => (said.current.onRun(), true) },
            { key: 'Tab', run: acceptCompletion },
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) said.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // the editor keeps its own text from here on
  }, []);
  useEffect(
    () => view.current?.dispatch({ effects: language.current.reconfigure(languageOf(names)) }),
    [names],
  );
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === loaded.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: loaded.text } });
  }, [loaded]);
  return <div ref={host} class="editor" />;
}

function languageOf(names: readonly SqlName[]) {
  return sql({
    dialect: PostgreSQL,
    upperCaseKeywords: true,
    schema: Object.fromEntries(
      names.map(({ name, columns }) => [
        name,
        columns.map((column) => ({ label: column.name, detail: column.type, type: 'property' })),
      ]),
    ),
  });
}
