// Trains on a CSV of candles in the worker, with progress and cancel, and shows the forecast: <Forecast />, in any bundler that the
// package works in. A cancelled training goes on from where it was.
import { useEffect, useRef, useState } from 'react';
import { Lstmfc } from 'lstmfc';

const OPTIONS = {
    target: 'direction', features: 'log_return(close), rsi(14)/100', window: 24, model: 'lstm 16 | dense 1 sigmoid', epochs: 20, test: 0.2,
};
const text = ({ probability_up: up, price, value }) => up === null ? `${price ?? value}` : `up with probability ${up}`;

export function Forecast({ options = OPTIONS }) {
    const library = useRef(null), training = useRef(null);      // promises of both
    const [candles, setCandles] = useState(null);
    const [progress, setProgress] = useState(null);             // null: nothing is being trained
    const [checkpoint, setCheckpoint] = useState(null);
    const [forecast, setForecast] = useState(null);
    const [error, setError] = useState(null);

    useEffect(() => {
        const loading = library.current = Lstmfc.load();
        loading.catch((e) => setError(e.message));
        return () => { loading.then((lstmfc) => lstmfc.close(), () => {}); };   // the worker ends with the component
    }, []);

    const begin = () => { setForecast(null); setError(null); setCheckpoint(null); };
    async function read(file) {
        begin();
        candles?.free();
        setCandles(null);
        try { if (file) setCandles(await (await library.current).candles(file)); } catch (e) { setError(e.message); }
    }
    async function train() {
        begin();
        setProgress({ epochs: [] });
        try {
            const lstmfc = await library.current, how = { onProgress: setProgress };
            training.current = checkpoint ? lstmfc.resume(checkpoint, candles, options, how) : lstmfc.train(candles, options, how);
            const model = await training.current;
            setForecast((await model.predict(candles))[0]);
            model.free();
        } catch (e) {
            if (e.name === 'AbortError') setCheckpoint(e.checkpoint); else setError(e.message);
        } finally { training.current = null; setProgress(null); }
    }

    const last = progress?.epochs.at(-1);
    return <section>
        <label>Candles <input type="file" accept=".csv" disabled={progress !== null} onChange={(e) => read(e.target.files[0])} /></label>
        {candles && <p>{candles.length} bars</p>}
        {progress
            ? <p>
                <progress max={options.epochs} value={progress.epochs.length} />{' '}
                {last && `epoch ${last.epoch}, loss ${last.loss.toFixed(4)}`}{' '}
                <button onClick={() => training.current?.cancel()}>Cancel</button>
            </p>
            : <button disabled={!candles} onClick={train}>{checkpoint ? 'Go on' : 'Train'}</button>}
        {forecast && <output>{text(forecast)}</output>}
        {error && <p role="alert">{error}</p>}
    </section>;
}
