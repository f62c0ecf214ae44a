// Checks of a test program: a line each, the sum at the end.
let passed = 0, failed = 0;
export const check = (ok, what) => { if (ok) passed++; else failed++; console.log(`${ok ? 'ok   ' : 'FAIL '} ${what}`); };
export const done = () => { console.log(`${passed} passed, ${failed} failed`); process.exit(failed ? 1 : 0); };
