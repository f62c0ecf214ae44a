"""What the Python workers share: the files ours exports, the timing loop, the line protocol (see bench/bench.c)."""
import json
import os
import resource
import sys
import time

CHECKED = 4         # windows whose outputs are compared
LARGE = 256         # windows of the large inference batch


class Absent(Exception):
    """The peer has no such thing; the text says why."""


class Work:
    """One network with its weights, rows and windows, as `export` of bench.c wrote them. layers: ("lstm", I, H) or
    ("dense", I, O, activation); tensors: its arrays in the same order."""

    def __init__(self, folder, name):
        import numpy
        self.name, self.layers = name, []
        for line in open(f"{folder}/{name}.txt", encoding="utf-8"):
            key, value = line.rstrip("\n").split(" ", 1)
            if key in ("lstm", "dense"):
                words = value.split()
                self.layers.append((key, *map(int, words[:2]), *words[2:]))
            else:
                setattr(self, key, value if key in ("spec", "loss") else float(value) if key == "clip" else int(value))
        read = lambda ending, kind: numpy.fromfile(f"{folder}/{name}.{ending}", dtype=kind)
        self.matrix = read("rows", "<f4").reshape(self.rows, self.inputs)
        self.labels = read("targets", "<f4")
        if not self.layers:
            return
        self.first = read("first", "<i8").reshape(self.sets, self.batch)
        flat, at, self.tensors = read("weights", "<f4"), 0, []
        for kind, inputs, size, *_ in self.layers:
            shapes = [(inputs, 4 * size), (size, 4 * size), (4 * size,)] if kind == "lstm" else [(inputs, size), (size,)]
            self.tensors.append([])
            for shape in shapes:
                count = int(numpy.prod(shape))
                self.tensors[-1].append(flat[at:at + count].reshape(shape))
                at += count
        assert at == flat.size

    def windows(self, first):
        """[count][window][inputs], copied."""
        import numpy
        return numpy.ascontiguousarray(numpy.stack([self.matrix[f:f + self.window] for f in first]))

    def batches(self):
        """The training batches: (windows, targets [count][1]) each."""
        return [(self.windows(first), self.labels[first].reshape(-1, 1)) for first in self.first]

    def large(self):
        return self.windows(self.first.reshape(-1)[:LARGE])

    def checked(self):
        return self.windows(self.first[0][:CHECKED])


def peak_kb():
    """VmHWM is this program's own; ru_maxrss may hold what the parent had before exec."""
    try:
        for line in open("/proc/self/status", encoding="ascii"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def timed(call, units, seconds, known={}):
    """Calls for about `seconds`, the first time three calls more before the clock starts; the clock is read every 2 ms or so."""
    if call not in known:
        for _ in range(3):
            start = time.perf_counter()
            check = call()
            known[call] = time.perf_counter() - start + 1e-9
    chunk = max(1, int(0.002 / known[call]))
    done, wall, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        for _ in range(chunk):
            check = call()
        done += chunk
        end = time.perf_counter()
        if end - wall >= seconds:
            break
    return {"units": done * units, "wall": end - wall, "cpu": time.process_time() - cpu, "check": float(check) if check is not None else 0}


def serve(hello, make, extra, named=False):
    """make(item, work) -> (call, units of one call), made once and kept; named: work is its name, no network. extra: {item: f(work or None, options) -> answer}."""
    folder, works, calls = sys.argv[1], {}, {}
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)                       # what libraries print goes to stderr
    for line in sys.stdin:
        words = line.split()
        item, name = words[0], words[1] if len(words) > 1 else ""
        options = dict(word.split("=", 1) for word in words[2:])
        try:
            if named:
                works[name] = name
            elif name not in works and name.startswith(("W", "A")):
                works[name] = Work(folder, name)
            work = works.get(name)
            if item == "hello":
                answer = hello
            elif item in extra:
                answer = extra[item](work, options)
            else:
                if (item, name) not in calls:
                    calls[item, name] = make(item, work)
                answer = timed(*calls[item, name], float(options.get("seconds", 0.2)))
        except Absent as reason:
            answer = {"absent": str(reason)}
        except Exception as error:      # the run goes on without this figure
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        out.write(json.dumps(answer) + "\n")
        out.flush()


def threads():
    return int(os.environ["OMP_NUM_THREADS"])


def system_spec(spec):
    """The layers of a layer text as [name, size or None, {words and values}]."""
    layers = []
    for part in spec.split("|"):
        name, *words = part.split()
        values = dict(word.split("=") for word in words if "=" in word)
        plain = [word for word in words if "=" not in word]
        layers.append((name, plain[0] if plain else None, plain[1] if len(plain) > 1 else "linear", values))
    return layers


def few():
    """Bars of a backtest for programs that are too slow for all, and of a grid: TRADED_FEW of bench.c."""
    return 100000


def series(folder, name, bars):
    """open, high, low, close, the position wanted at each close, and the fee of a backtest's first bars (bench.c, "backtests")."""
    import numpy
    columns = numpy.fromfile(f"{folder}/{name}.f64", dtype="<f8").reshape(5, -1)[:, :bars]
    return (*(numpy.ascontiguousarray(column) for column in columns), 1e-5 if name == "dense" else 1e-3)


def signals(wanted, first, count):
    """Signals first .. first + count - 1 of the grid, a column each: grid_has of bench.c."""
    import numpy
    place = numpy.concatenate([[0], numpy.cumsum(wanted[1:] > wanted[:-1])])
    index = numpy.arange(first, first + count)[:, None]
    return numpy.where(index * place // 8 % 4 != (index + place) % 4, wanted, 0.).T.copy()
