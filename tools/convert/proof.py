"""The same rows through both sides: what the source answers and what lstmfc does, and what a file keeps of it for `lstmfc inspect --verify`."""
import os
import random
import subprocess
import tempfile

import numpy as np

from .fault import FAILURE, Refused
from .text import double_text

WINDOWS = 5
TOLERANCE = 1e-5                # of an answer, or of 1 where that is more: float32 through some hundred steps
MOST = 48000                    # bytes of rows in a file: lstmfc keeps 65536 of "extra"


def rows_of(network):
    """WINDOWS windows of consecutive rows, stride 1, as infer reads them: [window + WINDOWS - 1][inputs], in hundredths."""
    rng = random.Random(20)
    return np.array([[round(rng.uniform(-2, 2), 2) for _ in range(network.inputs)] for _ in range(network.window + WINDOWS - 1)])


def windows_of(rows, window):
    return np.stack([rows[i:i + window] for i in range(len(rows) - window + 1)]).astype(np.float32)


def ours(tool, path, rows):
    """What `lstmfc infer` answers to the rows, [windows][outputs]."""
    handle, name = tempfile.mkstemp(suffix=".csv")
    try:
        with os.fdopen(handle, "w") as out:
            out.writelines(",".join("%.2f" % v for v in row) + "\n" for row in rows)
        text = run_tool(tool, ["infer", "--model", path, "--input", name], "what was made is refused by lstmfc")
    finally:
        os.remove(name)
    return np.array([[float(v) for v in line.split(",")] for line in text.splitlines()])


def run_tool(tool, words, what):
    """Standard output; a failure in the tool's own words."""
    try:
        run = subprocess.run([tool] + words, capture_output=True, text=True)
    except OSError as error:
        raise Refused("%s: %s (make builds it; --tool names another)" % (tool, error.strerror), FAILURE) from None
    if run.returncode:
        said = [line.split(": ", 1)[-1] for line in run.stderr.splitlines() if line.startswith("lstmfc ")]
        raise Refused("%s: %s" % (what, said[-1] if said else "ended with status %d" % run.returncode), run.returncode)
    return run.stdout


def difference(a, b, who):
    """The largest difference of two sets of answers, relative where they are above 1; more than TOLERANCE is a failure."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise Refused("%s answers %s numbers, lstmfc %s" % (who, list(a.shape), list(b.shape)), FAILURE)
    apart = np.abs(a - b) / np.maximum(1, np.abs(a))
    if not np.isfinite(apart).all():
        raise Refused("%s or lstmfc answers a number that is not finite to a random window" % who, FAILURE)
    if apart.max() > TOLERANCE:
        at = np.unravel_index(apart.argmax(), apart.shape)
        raise Refused("%s and lstmfc disagree: %s against %s in window %d, output %d; nothing is written"
                      % (who, double_text(a[at]), double_text(b[at]), at[0] + 1, at[1] + 1), FAILURE)
    return float(apart.max())


def kept(rows, outputs, reference, notes):
    """The value of "verify": the rows once, and what the reference answered to each window of them; None where a file has no room."""
    lines = ["[" + ",".join(double_text(v) for v in row) + "]" for row in rows]
    if sum(map(len, lines)) > MOST:
        notes.say("windows of %d numbers are too large to be stored: compared, but `lstmfc inspect --verify` cannot repeat it" % rows[0].size)
        return None
    answers = ["[" + ",".join("%.9g" % v for v in row) + "]" for row in np.asarray(outputs, np.float64)]
    return '{"reference":"%s","tolerance":%s,"rows":[%s],"outputs":[%s]}' % (reference, double_text(TOLERANCE), ",".join(lines), ",".join(answers))
