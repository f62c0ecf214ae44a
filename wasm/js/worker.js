// The worker of a browser: a module worker, or a classic one from a Blob.
import { serve } from './serve.js';
serve(globalThis);
