// The example in StrictMode (while developing, React mounts everything twice). #long: a training that nobody waits for.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Forecast } from './react.jsx';
import { options } from './job.js';

const chosen = location.hash === '#long' ? { ...options, epochs: 100000 } : options;
createRoot(document.querySelector('#root')).render(<StrictMode><Forecast options={chosen} /></StrictMode>);
