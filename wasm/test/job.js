// A small training, the same wherever JavaScript runs; tests/test_npm.sh gives the native program the same flags.
export const options = { target: 'direction', features: 'log_return(close)', window: 24, model: 'lstm 16 | dense 1 sigmoid', epochs: 4,
    patience: null, test: 0.2, created: 1700000000000 };

/** In the worker: the model file, the forecast, and whether a cancelled training goes on to the same file. */
export async function inWorker(Lstmfc, csv) {
    const lstmfc = await Lstmfc.load(), candles = await lstmfc.candles(csv), model = await lstmfc.train(candles, options);
    const saved = await model.save(), [{ value }] = await model.predict(candles);
    const training = lstmfc.train(candles, options);
    training.pause();                               // so that it cannot be over before it is cancelled
    training.cancel();
    const { name, checkpoint } = await training.catch((e) => e);
    const resumed = name === 'AbortError' && await (await lstmfc.resume(checkpoint, candles, options)).save() === saved;
    lstmfc.close();
    return { saved, value, resumed };
}
/** Without one: the model file. */
export function inPlace(instantiate, bytes, csv) {
    const lstmfc = instantiate(bytes), fit = lstmfc.fit(lstmfc.candles(csv), options);
    while (!fit.step()) { /* to the end */ }
    return fit.finish().save();
}
