import { render } from 'preact';
import { App } from './app.tsx';

const root = document.querySelector('#live');
if (root !== null) {
  document.body.classList.add('live');
  render(<App />, root);
}
