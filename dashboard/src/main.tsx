import { render } from 'preact';
import { App } from './app.tsx';
import { startListening } from './live.ts';
import { startTheme } from './theme.ts';

startTheme();
render(<App />, document.getElementById('page')!);
startListening();
