import { Lstmfc, LstmfcError, type TrainOptions } from 'lstmfc';
import { instantiate } from 'lstmfc/core';

export async function run(file: Blob, signal: AbortSignal): Promise<number | null> {
    const lstmfc = await Lstmfc.load();
    const candles = await lstmfc.candles(file, { duplicates: 'last' });
    const options: TrainOptions = { target: 'direction', window: 12, patience: null };
    // @ts-expect-error: no such option
    const wrong: TrainOptions = { windw: 12 };
    // @ts-expect-error: no such target
    const target: TrainOptions = { target: 'up' };
    try {
        const model = await lstmfc.train(candles, options, { signal, onProgress: ({ epochs }) => epochs.at(-1)?.val_loss });
        const [next] = await model.predict(candles);
        const { metrics } = await lstmfc.backtest(candles, await model.signals(candles, { band: 0.01 }));
        return next!.probability_up ?? metrics.sharpe;
    } catch (e) {
        if (e instanceof LstmfcError) return e.line;
        throw e;
    }
}
export const core = (bytes: Uint8Array<ArrayBuffer>) => instantiate(bytes).candles({ time: [0, 1], close: [1, 2] }).column('close')?.length;
