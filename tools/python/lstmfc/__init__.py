"""LSTM forecasting of market candles: NumPy in, NumPy out, over the library of lstmfc.h.

>>> candles = synthetic(400)                    # made up: no market
>>> len(candles), sorted(candles.columns)
(400, ['close', 'high', 'low', 'open', 'volume'])
>>> values = indicators(candles, "rsi(14), sma(3)")
>>> list(values), values["rsi(14)"].shape
(['rsi(14)', 'sma(3)'], (400,))
"""
import ctypes as _c
import json as _json
import math as _math
import os as _os
import time as _time

import numpy as _np

__all__ = ["Backtest", "Candles", "Error", "Forecaster", "Model", "Stream", "backtest", "indicators", "load", "options", "synthetic", "train", "version"]


class Error(Exception):
    """What the library refused: code (its name, "usage", "data", ..), line and column of the text it is about (0: none), and the message.

    >>> indicators(synthetic(50), "rsi(14")
    Traceback (most recent call last):
    lstmfc.Error: ...
    """

    def __init__(self, message, code="argument", line=0, column=0):
        super().__init__(message)
        self.code, self.line, self.column = code, line, column


# ---- the shared library: the exports of wasm/lstmfc_wasm.c, objects as pointers, options and results as JSON ------------

_P, _Z, _I, _D = _c.c_void_p, _c.c_size_t, _c.c_int32, _c.c_double
_SIGNATURES = {
    "error_new": (_P,), "error_free": (None, _P), "error_clear": (None, _P), "error_code": (_I, _P), "error_line": (_I, _P),
    "error_column": (_I, _P), "error_name": (_c.c_char_p, _P), "error_message": (_c.c_char_p, _P),
    "text_new": (_P,), "text_free": (None, _P), "text_data": (_P, _P), "text_length": (_Z, _P), "about": (_I, _P, _P),
    "candles_parse": (_P, _c.c_char_p, _Z, _c.c_char_p, _Z, _P, _P), "candles_new": (_P, _Z, _P), "candles_check": (_I, _P, _P),
    "candles_free": (None, _P), "candles_count": (_Z, _P), "candles_time": (_P, _P), "candles_column": (_P, _P, _c.c_char_p),
    "features_new": (_P, _c.c_char_p, _P, _P), "features_free": (None, _P), "features_count": (_I, _P), "features_name": (_c.c_char_p, _P, _I),
    "features_evaluate": (_I, _P, _P, _P, _P),
    "fit_new": (_P, _P, _c.c_char_p, _Z, _P), "fit_free": (None, _P), "fit_step": (_I, _P, _I, _P), "fit_trainer": (_P, _P), "fit_finish": (_P, _P, _P),
    "trainer_new": (_P, _P, _P, _Z, _P, _Z, _Z, _c.c_char_p, _Z, _P), "trainer_free": (None, _P), "trainer_step": (_I, _P, _I, _P),
    "trainer_history": (_I, _P, _P, _P),
    "forecaster_free": (None, _P), "forecaster_save": (_I, _P, _P, _P), "forecaster_load": (_P, _c.c_char_p, _Z, _P),
    "forecaster_predict": (_I, _P, _P, _I, _P, _P), "forecaster_predict_all": (_I, _P, _P, _Z, _Z, _P, _P, _P, _P), "forecaster_info": (_I, _P, _P, _P),
    "forecaster_signals": (_I, _P, _P, _Z, _Z, _c.c_char_p, _Z, _P, _P),
    "stream_new": (_P, _P, _P), "stream_free": (None, _P), "stream_push": (_I, _P, _P, _Z, _I, _P, _P), "stream_bars": (_D, _P),
    "backtest_start": (_P, _P, _P, _Z, _c.c_char_p, _Z, _P), "backtest_step": (_I, _P, _I, _P), "backtest_free": (None, _P),
    "backtest_curve": (_P, _P, _I), "backtest_report": (_I, _P, _P, _P),
    "model_new": (_P, _c.c_char_p, _Z, _P), "model_free": (None, _P), "model_spec": (_c.c_char_p, _P), "model_inputs": (_I, _P),
    "model_outputs": (_I, _P), "model_window": (_I, _P), "model_parameters": (_D, _P), "model_save": (_I, _P, _D, _P, _P),
    "model_load": (_P, _c.c_char_p, _Z, _P), "model_predict": (_I, _P, _P, _Z, _Z, _P, _P),
    "evaluation_new": (_P, _P, _P, _D, _D, _P), "evaluation_free": (None, _P), "evaluation_count": (_Z, _P), "evaluation_step": (_I, _P, _Z, _P),
    "evaluation_report": (_I, _P, _P, _P), "evaluation_signals": (_I, _P, _c.c_char_p, _Z, _P, _P),
    "evaluation_backtest": (_P, _P, _P, _c.c_char_p, _Z, _P),
}


def _open():
    here = _os.path.dirname(_os.path.abspath(__file__))
    for name in ("_lstmfc.so", "_lstmfc.dylib", "_lstmfc.dll"):
        if _os.path.exists(_os.path.join(here, name)):
            library = _c.CDLL(_os.path.join(here, name))
            break
    else:
        raise ImportError("lstmfc: the shared library is not beside the package: pip install ./tools/python builds it")
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(library, "wasm_" + name)
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library


_lib = _open()


class _Call:
    """An error object, and on demand a text, for the calls of one block; what failed is raised."""

    def __enter__(self):
        self.error, self.text = _lib.error_new(), _lib.text_new()
        if not self.error or not self.text:
            raise MemoryError
        return self

    def __exit__(self, *_):
        _lib.text_free(self.text)
        _lib.error_free(self.error)

    def fail(self):
        raise Error(_lib.error_message(self.error).decode("utf-8", "replace"), _lib.error_name(self.error).decode(),
                    _lib.error_line(self.error), _lib.error_column(self.error))

    def ok(self, result):
        if result < 0:
            self.fail()
        return result

    def made(self, pointer):
        if not pointer:
            self.fail()
        return pointer

    def said(self):
        return _c.string_at(_lib.text_data(self.text), _lib.text_length(self.text)).decode("utf-8")


def _options(given):
    def value(v):
        if v is None:
            return "none"
        if isinstance(v, (bool, _np.bool_)):
            return int(v)
        if isinstance(v, (int, _np.integer)):
            return str(int(v)) if abs(int(v)) > 2**53 else int(v)
        if isinstance(v, (float, _np.floating)):
            if not _math.isfinite(v):
                raise Error(f"an option is {v}: expected a number")
            return float(v)
        if isinstance(v, (list, tuple)):
            return ",".join(str(value(x)) for x in v)
        return str(v)
    named = {k: value(v) for k, v in given.items()}
    if isinstance(given.get("horizon"), (list, tuple)):
        named["horizons"] = named.pop("horizon")
    text = _json.dumps(named).encode()
    return text, len(text)


def _address(array):
    return array.ctypes.data_as(_P)


def _text(value, what):
    data = value.encode()
    if b"\0" in data:
        raise Error(f"{what}: the text holds U+0000")
    return data


def _bars(candles):
    if not isinstance(candles, Candles):
        raise TypeError(f"expected Candles, not a {type(candles).__name__}" + ("; Candles.from_frame(frame) makes them" if hasattr(candles, "to_csv") else ""))
    return candles._pointer


def version():
    """The version of the library.

    >>> version().count(".")
    2
    """
    return _about()["version"]


def _about():
    with _Call() as call:
        call.ok(_lib.about(call.text, call.error))
        return _json.loads(call.said())


def options(of):
    """What an option of "forecaster", "trainer", "model", "csv", "signals" or "backtest" is called, its default, range and meaning.

    >>> options("backtest")["fee"]["default"]
    '0.001'
    """
    about = _about()
    if of not in ("forecaster", "trainer", "model", "csv", "signals", "backtest"):
        raise Error(f"there are no options of {of!r}; expected forecaster, trainer, model, csv, signals or backtest")
    return {row["name"]: {k: row[k] for k in ("kind", "default", "range", "help")} for row in about[of]}


class _Object:
    """Holds a pointer of the library and gives it back."""
    _free = None

    def __init__(self, pointer, *keeps):
        self._pointer, self._keeps = pointer, keeps

    def __del__(self):
        pointer, self._pointer = getattr(self, "_pointer", None), None
        if pointer and self._free and _lib:
            getattr(_lib, self._free)(pointer)

    def __reduce_ex__(self, protocol):
        """copy and pickle, hence multiprocessing: a copied pointer would be given back twice."""
        raise TypeError(f"{type(self).__name__} is memory of the library: it can be neither copied nor pickled")


# ---- candles --------------------------------------------------------------------------------------------------------------

_COLUMNS = ("open", "high", "low", "close", "volume")
_WRITTEN = {"header": "yes", "separator": ",", "decimal": "point"}      # of a CSV text that is written here


class Candles(_Object):
    """Bars with their open time: time is datetime64 or UTC milliseconds, ascending; of the columns only close must be there.

    >>> c = Candles(time=[0, 3600000], open=[1, 2], high=[2, 3], low=[1, 2], close=[2, 2.5], volume=[10, 10])
    >>> c["close"].tolist(), c.time[1].item().isoformat()
    ([2.0, 2.5], '1970-01-01T01:00:00')
    """
    _free = "candles_free"

    def __init__(self, *, time, close, open=None, high=None, low=None, volume=None):
        times = _np.asarray(time)
        times = times.astype("datetime64[ms]").astype(_np.int64) if times.dtype.kind in "MO" or times.dtype.kind == "U" else times.astype(_np.int64)
        if times.ndim != 1 or not times.size:
            raise Error(f"time has the shape {times.shape}: expected a row of times, of one bar or more", "shape")
        given = {"open": open, "high": high, "low": low, "close": close, "volume": volume}
        for name, values in given.items():
            if values is not None and _np.shape(values) != times.shape:
                raise Error(f"{name} has {_np.size(values)} values, time has {times.size}", "shape")
        there = {name: _np.asarray(values, _np.float64) for name, values in given.items() if values is not None}
        with _Call() as call:
            if len(there) < len(given):                 # only the reader makes candles without a column
                text = "".join(",".join([str(t), *map(repr, row)]) + "\n" for t, *row in zip(times.tolist(), *(v.tolist() for v in there.values())))
                data = ("time," + ",".join(there) + "\n" + text).encode()
                super().__init__(call.made(_lib.candles_parse(data, len(data), *_options({**_WRITTEN, "time_format": "ms"}), None, call.error)))
                kept = self.time.astype(_np.int64)
                lost = _np.flatnonzero(kept[:times.size] != times[:kept.size])
                if kept.size != times.size or lost.size:        # the reader drops and sorts; arrays must stay beside each other
                    at = lost[0] if lost.size else min(kept.size, times.size)
                    raise Error(f"bar {at} ({times[at].astype('datetime64[ms]')}): its time is not after that of the bar before, or a price is not above 0", "data")
            else:
                super().__init__(call.made(_lib.candles_new(times.size, call.error)))
                _np.frombuffer((_c.c_int64 * times.size).from_address(_lib.candles_time(self._pointer)), _np.int64)[:] = times
                for name, values in there.items():
                    self._view(name)[:] = values
            call.ok(_lib.candles_check(self._pointer, call.error))
        self.report = None

    @classmethod
    def _of(cls, pointer, report=None):
        self = cls.__new__(cls)
        _Object.__init__(self, pointer)
        self.report = report
        return self

    @classmethod
    def parse(cls, text, **given):
        """Out of the text of a CSV file; the reader's options by name, what it found in .report.

        >>> c = Candles.parse("time;close\\n2024-01-01;1,5\\n2024-01-02;1,6\\n")
        >>> c["close"].tolist(), c.report["separator"]
        ([1.5, 1.6], ';')
        """
        data = text.encode() if isinstance(text, str) else bytes(text)
        with _Call() as call:
            pointer = call.made(_lib.candles_parse(data, len(data), *_options(given), call.text, call.error))
            return cls._of(pointer, _json.loads(call.said()))

    @classmethod
    def read_csv(cls, path, **given):
        """Out of a file; an error names it."""
        with open(path, "rb") as file:
            data = file.read()
        try:
            return cls.parse(data, **given)
        except Error as error:
            raise Error(f"{_os.fspath(path)}: {error}", error.code, error.line, error.column) from None

    @classmethod
    def from_frame(cls, frame, **given):
        """Out of a pandas DataFrame: an index of times or a column `time` (times, or what a CSV file would have), OHLCV in any case, as numbers
        or as text, and any further numeric columns. It is read as a CSV file is: sorted, without rows that lack a price, as .report says.

        >>> import pandas
        >>> at = pandas.date_range("2024-01-01", periods=3, freq="h")
        >>> Candles.from_frame(pandas.DataFrame({"Close": [1.0, 2, 3], "mood": [5, 6, 7]}, index=at))["mood"].tolist()
        [5.0, 6.0, 7.0]
        """
        frame = frame.rename(columns={c: str(c).lower() for c in frame.columns if str(c).lower() in _COLUMNS + ("time",)})
        names = list(frame.columns)
        twice = [c for c in names if names.count(c) > 1]
        if twice or frame.columns.nlevels > 1:
            raise Error(f"two columns are called {twice[0]}: rename one of them" if twice else
                        "the columns have several levels: frame.droplevel(1, axis=1) leaves the first", "data")
        timed = "time" in names
        if timed:
            frame = frame.set_index("time")
        index = frame.index
        if getattr(index, "tz", None) is not None:
            index = index.tz_convert("UTC").tz_localize(None)
        if index.dtype.kind != "M" and not timed:
            raise Error("the frame has no index of times and no column `time`", "data")
        prices = {}
        for name in _COLUMNS:                           # a text that is no number would be left out with what is not numeric
            if name in names:
                try:
                    prices[name] = frame[name] if frame[name].dtype.kind in "iuf" else frame[name].astype("float64")
                except (TypeError, ValueError) as error:
                    raise Error(f"column {name}: {error}", "data") from None
        frame = frame.assign(**prices).set_axis(index).select_dtypes("number")
        given["columns"] = ",".join(filter(None, ("time=time", given.get("columns"))))      # an `open_time` beside it is a number
        self = cls.parse(frame.to_csv(index_label="time", date_format="%Y-%m-%dT%H:%M:%S.%fZ", float_format="%.17g"), **{**_WRITTEN, **given})
        if not _lib.candles_column(self._pointer, b"close"):
            raise Error(f"the frame has no column close: its columns are {', '.join(map(str, names))}", "data")
        return self

    def _view(self, name):
        pointer = _lib.candles_column(self._pointer, _text(name, "a column"))
        if not pointer:
            raise KeyError(name)
        return _np.frombuffer((_c.c_double * len(self)).from_address(pointer), _np.float64)

    def __len__(self):
        return _lib.candles_count(self._pointer)

    def __getitem__(self, name):
        """A copy of a column."""
        return self._view(name).copy()

    @property
    def columns(self):
        """The prices and the volume that are there, by name."""
        return {name: self[name] for name in _COLUMNS if _lib.candles_column(self._pointer, name.encode())}

    @property
    def time(self):
        """Opens of the bars, datetime64[ms], UTC."""
        values = _np.frombuffer((_c.c_int64 * len(self)).from_address(_lib.candles_time(self._pointer)), _np.int64)
        return values.astype("datetime64[ms]")


def synthetic(bars, seed=1):
    """A random walk of hourly candles to try things on. It is no market.

    >>> len(synthetic(10)), synthetic(10)["high"].shape
    (10, (10,))
    """
    rng = _np.random.default_rng(seed)
    close = 100 * _np.exp(_np.cumsum(rng.normal(0, 0.01, bars)))
    first = _np.concatenate([[100.0], close[:-1]])
    spread = 1 + _np.abs(rng.normal(0, 0.003, bars))
    rows = zip(range(bars), first, _np.maximum(first, close) * spread, _np.minimum(first, close) / spread, close, rng.gamma(2, 50, bars))
    return Candles.parse("# synthetic candles: no market\ntime,open,high,low,close,volume\n"
                         + "".join(f"{1704067200000 + 3600000 * t},{','.join(repr(float(v)) for v in row)}\n" for t, *row in rows))


def indicators(candles, features):
    """The features of a text as {name: array}, NaN until each is warm; nothing at a bar depends on later ones.

    >>> indicators(Candles(time=[0, 1000, 2000], close=[1, 2, 4]), "change = log_return(close), sma(2)")["sma(2)"].tolist()
    [nan, 1.5, 3.0]
    """
    with _Call() as call:
        plan = call.made(_lib.features_new(_text(features, "features"), _bars(candles), call.error))
        try:
            count = _lib.features_count(plan)
            out = _np.empty((len(candles), count))
            call.ok(_lib.features_evaluate(plan, _bars(candles), _address(out), call.error))
            return {_lib.features_name(plan, i).decode(): _np.ascontiguousarray(out[:, i]) for i in range(count)}
        finally:
            _lib.features_free(plan)


# ---- forecasters --------------------------------------------------------------------------------------------------------------

def _history(trainer):
    with _Call() as call:
        call.ok(_lib.trainer_history(trainer, call.text, call.error))
        return _json.loads(call.said())


def _steps(step, progress, tell):
    """Runs step(batches) until it says 1, about ten calls a second, so that Ctrl-C and progress have their turn."""
    batches = 8
    while True:
        begun = _time.perf_counter()
        done = step(batches) == 1
        took = _time.perf_counter() - begun
        batches = max(1, min(2**20, int(batches * min(4.0, 0.1 / max(took, 1e-4)))))
        if progress and progress(tell()) is False:
            raise InterruptedError("progress said False: the training was broken off")
        if done:
            return


def train(candles, *, progress=None, **given):
    """Fits a forecaster; options are the flags of `lstmfc train`. progress(history) is called about ten times a second; False ends it.

    >>> model = train(synthetic(300), target="return", window=6, features="log_return(close)", model="lstm 4 | dense 1", epochs=1, seed=3)
    >>> model.info["target"], model.info["window"]
    ('return', 6)
    """
    with _Call() as call:
        fit = call.made(_lib.fit_new(_bars(candles), *_options(given), call.error))
        try:
            trainer = _lib.fit_trainer(fit)
            _steps(lambda n: call.ok(_lib.fit_step(fit, n, call.error)), progress, lambda: _history(trainer))
            history = _history(trainer)
            forecaster = Forecaster(call.made(_lib.fit_finish(fit, call.error)))
            forecaster.history = history
            return forecaster
        finally:
            _lib.fit_free(fit)


def load(path):
    """A model file of this package or of `lstmfc train`."""
    with open(path, "rb") as file:
        text = file.read()
    try:
        return Forecaster.loads(text)
    except Error as error:
        raise Error(f"{_os.fspath(path)}: {error}", error.code, error.line, error.column) from None


class Forecaster(_Object):
    """A trained model with its features, scaler, target and intervals. May be used by several threads at a time."""
    _free = "forecaster_free"
    history = None                                      # of the training just done: {"best_epoch": .., "epochs": [..]}

    @classmethod
    def loads(cls, text):
        """Out of the text of a model file."""
        data = text.encode() if isinstance(text, str) else bytes(text)
        with _Call() as call:
            return cls(call.made(_lib.forecaster_load(data, len(data), call.error)))

    def dumps(self):
        """The text of its model file: what `lstmfc train` writes, byte for byte, but for its time of creation."""
        with _Call() as call:
            call.ok(_lib.forecaster_save(self._pointer, call.text, call.error))
            return call.said()

    def __reduce_ex__(self, protocol):
        return type(self).loads, (self.dumps(),)

    def save(self, path):
        """Writes the file beside the path and moves it there whole."""
        part = f"{_os.fspath(path)}.tmp-{_os.getpid()}"
        try:
            with open(part, "x", encoding="utf-8", newline="") as file:
                file.write(self.dumps())
                file.flush()
                _os.fsync(file.fileno())
            _os.replace(part, path)
        except BaseException:
            if _os.path.exists(part):
                _os.remove(part)
            raise

    @property
    def info(self):
        with _Call() as call:
            call.ok(_lib.forecaster_info(self._pointer, call.text, call.error))
            return _json.loads(call.said())

    def predict(self, candles, steps=1):
        """The newest forecast and, beyond one step, those fed back: a list of dictionaries; what does not apply is None."""
        if not 0 < steps < 2**31:                       # ctypes would cut it
            raise Error(f"steps is {steps}: expected 1..100000")
        with _Call() as call:
            call.ok(_lib.forecaster_predict(self._pointer, _bars(candles), steps, call.text, call.error))
            return _json.loads(call.said())

    def predict_all(self, candles, first=0, count=None):
        """Arrays value, lower, upper: the forecast made at the close of each bar, NaN where there is none."""
        first, count = self._span(candles, first, count)
        out = {name: _np.full(count, _np.nan) for name in ("value", "lower", "upper")}
        with _Call() as call:
            call.ok(_lib.forecaster_predict_all(self._pointer, _bars(candles), first, count, *map(_address, out.values()), call.error))
        return out

    def signals(self, candles, first=0, count=None, **given):
        """Positions wanted at the close of each bar: 1, 0, -1; for `backtest`."""
        first, count = self._span(candles, first, count)
        out = _np.zeros(count)
        with _Call() as call:
            call.ok(_lib.forecaster_signals(self._pointer, _bars(candles), first, count, *_options(given), _address(out), call.error))
        return out

    @staticmethod
    def _span(candles, first, count):
        bars = len(candles)
        count = bars - first if count is None else count
        if first < 0 or count < 0 or first + count > bars:
            raise Error(f"bars {first} .. {first + count - 1} of {bars} are not all there")
        return first, count

    def evaluate(self, candles, signals=None, **costs):
        """Measures the model on the bars it has not seen, against what needs no network, and trades them: figures, baselines and `verdict`,
        {line: "yes" | "no" | "not known"}. signals: options of .signals; the rest those of `backtest`."""
        with _Call() as call:
            e = call.made(_lib.evaluation_new(self._pointer, _bars(candles), -1.0, 0.0, call.error))
            try:
                while call.ok(_lib.evaluation_step(e, 1 << 20, call.error)) == 0:
                    pass
                call.ok(_lib.evaluation_report(e, call.text, call.error))
                said = _json.loads(call.said())
                lines = {row["name"]: row["verdict"] for row in said["verdict"]}
                if said["traded"]:
                    wanted = _np.zeros(_lib.evaluation_count(e))
                    call.ok(_lib.evaluation_signals(e, *_options(signals or {}), _address(wanted), call.error))
                    traded = Backtest._finish(call.made(_lib.evaluation_backtest(e, _address(wanted), *_options(costs), call.error)), len(wanted))
                    said["backtest"] = traded
                    lines["pays its costs"] = "not known" if traded.no_costs else "yes" if traded.pays_costs else "no"
                else:
                    lines["pays its costs"] = "not known"
                said["verdict"] = lines
                return said
            finally:
                _lib.evaluation_free(e)

    def stream(self):
        """Bar by bar, equal to `predict_all` bit for bit."""
        with _Call() as call:
            return Stream(call.made(_lib.stream_new(self._pointer, call.error)), self)


class Stream(_Object):
    """The forecasts of one series as its bars close; not for several threads at a time."""
    _free = "stream_free"

    def push(self, candles, row=-1):
        """Row `row` of the candles has closed; the forecast made at its close. Rows in order, none left out."""
        return self._row(candles, row, 0)

    def peek(self, candles, row=-1):
        """The same of a bar that is still forming; nothing is kept."""
        return self._row(candles, row, 1)

    def _row(self, candles, row, peek):
        row = row + len(candles) if row < 0 else row
        if not 0 <= row < len(candles):
            raise Error(f"there is no row {row}: the candles have {len(candles)}")
        with _Call() as call:
            call.ok(_lib.stream_push(self._pointer, _bars(candles), row, peek, call.text, call.error))
            return _json.loads(call.said())


# ---- backtest --------------------------------------------------------------------------------------------------------------

class Backtest:
    """metrics (and those of buy and hold, and of repeating the last move), trades, and curves at the close of each bar."""

    def __init__(self):
        raise TypeError("a Backtest is what lstmfc.backtest gives")

    @classmethod
    def _finish(cls, pointer, bars):
        try:
            with _Call() as call:
                while call.ok(_lib.backtest_step(pointer, 0, call.error)) == 0:
                    pass
                call.ok(_lib.backtest_report(pointer, call.text, call.error))
                said = _json.loads(call.said())
            self = cls.__new__(cls)
            self.equity, self.position, self.hold_equity, self.persistence_equity = (
                _np.frombuffer((_c.c_double * bars).from_address(_lib.backtest_curve(pointer, k)), _np.float64).copy() for k in range(4))
        finally:
            _lib.backtest_free(pointer)
        self.metrics, self.hold, self.persistence, self.trades = said["metrics"], said["hold"], said["persistence"], said["trades"]
        self.no_costs, self.cheat, self.ruined, self.pays_costs = said["no_costs"], said["cheat"], said["ruined"], said["pays_costs"]
        return self


def backtest(candles, positions, **given):
    """Trades positions (-1 .. 1 wanted at the close of each bar, NaN: no order) from the next open on, with costs.

    >>> c = synthetic(200)
    >>> b = backtest(c, [0.0] * 100 + [1.0] * 100, fee=0.001, slippage=None)
    >>> len(b.trades), b.equity.shape, round(b.metrics["total_return"] - (float(b.equity[-1]) / 10000 - 1), 15)
    (1, (200,), 0.0)
    """
    wanted = _np.ascontiguousarray(positions, _np.float64)
    if wanted.shape != (len(candles),):
        raise Error(f"positions has shape {wanted.shape}; the candles have {len(candles)} bars", "shape")
    with _Call() as call:
        return Backtest._finish(call.made(_lib.backtest_start(_bars(candles), _address(wanted), len(wanted), *_options(given), call.error)), len(wanted))


# ---- tensors --------------------------------------------------------------------------------------------------------------

class Model(_Object):
    """A network on tensors, for any sequence task. rows [n, inputs] float32; windows of `window` rows, one row apart.

    >>> net = Model("lstm 8 | dense 2", inputs=3, window=5, seed=1)
    >>> net.predict(_np.zeros((6, 3))).shape
    (2, 2)
    """
    _free = "model_free"

    def __init__(self, spec, *, inputs, window, **given):
        with _Call() as call:
            super().__init__(call.made(_lib.model_new(*_options({"spec": spec, "inputs": inputs, "window": window, **given}), call.error)))

    @classmethod
    def loads(cls, text):
        data = text.encode() if isinstance(text, str) else bytes(text)
        self = cls.__new__(cls)
        with _Call() as call:
            _Object.__init__(self, call.made(_lib.model_load(data, len(data), call.error)))
        return self

    def dumps(self):
        with _Call() as call:
            call.ok(_lib.model_save(self._pointer, 0.0, call.text, call.error))
            return call.said()

    def __reduce_ex__(self, protocol):
        return type(self).loads, (self.dumps(),)

    @property
    def spec(self):
        return _lib.model_spec(self._pointer).decode()

    @property
    def parameters(self):
        return int(_lib.model_parameters(self._pointer))

    def _rows(self, rows):
        rows = _np.ascontiguousarray(rows, _np.float32)
        inputs, window = _lib.model_inputs(self._pointer), _lib.model_window(self._pointer)
        if rows.ndim != 2 or rows.shape[1] != inputs or len(rows) < window:
            raise Error(f"rows has shape {rows.shape}; expected [{window} or more, {inputs}]", "shape")
        return rows, len(rows) - window + 1

    def predict(self, rows):
        """[n - window + 1, outputs]"""
        rows, count = self._rows(rows)
        out = _np.empty((count, _lib.model_outputs(self._pointer)), _np.float32)
        with _Call() as call:
            call.ok(_lib.model_predict(self._pointer, _address(rows), len(rows), count, _address(out), call.error))
        return out

    def fit(self, rows, targets, validation=0, *, progress=None, **given):
        """Trains on one target row per window, the last `validation` windows kept to validate on; returns the history."""
        rows, count = self._rows(rows)
        targets = _np.ascontiguousarray(targets, _np.float32)
        width = 1 if given.get("loss") == "crossentropy_classes" else _lib.model_outputs(self._pointer)
        if targets.size != count * width or not 0 <= validation < count:
            raise Error(f"targets has shape {targets.shape}; expected [{count}, {width}] for {count} windows, of which {validation} validate", "shape")
        with _Call() as call:
            trainer = call.made(_lib.trainer_new(self._pointer, _address(rows), len(rows), _address(targets), count - validation, validation,
                                                 *_options(given), call.error))
            try:
                _steps(lambda n: call.ok(_lib.trainer_step(trainer, n, call.error)), progress, lambda: _history(trainer))
                return _history(trainer)
            finally:
                _lib.trainer_free(trainer)
