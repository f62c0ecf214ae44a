"""Keras on TensorFlow as a worker of bench/run.py. Training and inference are compiled graphs (tf.function), which is several times
faster than fit or predict one call at a time; system A runs fit itself."""
import time

import keras
import numpy
import tensorflow

from common import Absent, peak_kb, serve, system_spec, threads

tensorflow.config.threading.set_intra_op_parallelism_threads(threads())
tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def model_of(work):
    """Its gates stand i,f,g,o too, with one bias."""
    last = sum(layer[0] == "lstm" for layer in work.layers) - 1
    layers = [keras.Input((work.window, work.inputs))]
    for k, (kind, _, size, *rest) in enumerate(work.layers):
        layers.append(keras.layers.LSTM(size, return_sequences=k < last) if kind == "lstm" else
                      keras.layers.Dense(size, activation=None if rest[0] == "linear" else rest[0]))
    model = keras.Sequential(layers)
    for layer, tensors in zip(model.layers, work.tensors):
        layer.set_weights(tensors)
    return model


def trainer(work):
    model = model_of(work)
    loss_of = {"mse": keras.losses.MeanSquaredError, "bce": keras.losses.BinaryCrossentropy, "huber": keras.losses.Huber}[work.loss]()
    # its epsilon stands inside the bias correction: at the first step 1e-8 of the usual rule is 1e-8 sqrt(1 - 0.999) here
    optimizer = keras.optimizers.Adam(1e-3, epsilon=3e-10, global_clipnorm=work.clip or None)
    optimizer.build(model.trainable_variables)

    @tensorflow.function
    def step(windows, targets):
        with tensorflow.GradientTape() as tape:
            loss = loss_of(targets, model(windows, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss
    return model, step


def batches_of(work):
    return [(tensorflow.constant(x), tensorflow.constant(y)) for x, y in work.batches()]


def make(item, work):
    if item == "train":
        (_, step), batches, at = trainer(work), batches_of(work), [0]

        def call():
            at[0] = (at[0] + 1) % len(batches)
            return step(*batches[at[0]]).numpy()
        return call, work.batch
    if item in ("latency", "batch"):
        windows = tensorflow.constant(work.large() if item == "batch" else work.checked()[:1])
        model = model_of(work)
        run = tensorflow.function(lambda x: model(x, training=False))
        return (lambda: run(windows).numpy()[0, 0]), len(windows)
    raise Absent(f"{item} is not measured with Keras")


def check(work, options):
    model, step = trainer(work)
    windows = work.checked()
    outputs = model(windows, training=False).numpy().flatten().tolist()
    losses = [float(step(*batch)) for batch in batches_of(work)[:3]]
    return {"outputs": outputs, "losses": losses, "trained": model(windows, training=False).numpy().flatten().tolist()}


def system_a(work, options):
    start, cpu, epochs = time.perf_counter(), time.process_time(), int(options["epochs"])
    spec = system_spec(work.spec)
    last = max(k for k, layer in enumerate(spec) if layer[0] == "lstm")
    layers = [keras.Input((work.window, work.inputs))]
    for k, (name, value, activation, values) in enumerate(spec):
        l2 = keras.regularizers.L2(float(values["l2"])) if "l2" in values else None
        layers.append(keras.layers.LSTM(int(value), return_sequences=k < last, kernel_regularizer=l2) if name == "lstm" else
                      keras.layers.Dense(int(value), activation=activation, kernel_regularizer=l2) if name == "dense" else
                      keras.layers.BatchNormalization() if name == "batchnorm" else keras.layers.Dropout(float(value)))
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
    windows = numpy.lib.stride_tricks.sliding_window_view(work.matrix, work.window, axis=0).transpose(0, 2, 1)[:work.windows]
    windows, targets, fit = numpy.ascontiguousarray(windows), work.labels.reshape(-1, 1), work.fit
    ends = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    ready = time.perf_counter()
    model.fit(windows[:fit], targets[:fit], batch_size=work.batch, epochs=epochs, verbose=0, callbacks=[clock],
              validation_data=(windows[fit:], targets[fit:]), validation_batch_size=256)
    trained = time.perf_counter()
    outputs = numpy.clip(model.predict(windows[fit:], batch_size=256, verbose=0).astype("f8"), 1e-7, 1 - 1e-7)
    # fit's own val_loss has the L2 penalty in it, the others' have not
    loss = -numpy.mean(numpy.log(numpy.where(targets[fit:] > 0.5, outputs, 1 - outputs)))
    return {"units": fit * epochs, "wall": time.perf_counter() - start, "cpu": time.process_time() - cpu, "train": trained - ready,
            "first": ends[0] - ready, "check": float(loss), "peak_kb": peak_kb()}


serve({"name": "Keras", "version": f"{keras.__version__} on TensorFlow {tensorflow.__version__}", "isa": "its own choice"}, make,
      {"check": check, "system_a": system_a})
