"""Numbers and JSON as lstmfc writes them, so that a converted file stays as it is when the library loads and saves it."""
import json
import zlib

import numpy as np

from .fault import Refused


class Raw(str):
    """JSON text that is written as it is."""


def _plain(digits, point, negative, high):
    """0.d1 d2 ... * 10^point: plainly where the first digit's exponent is within -5..high, else as d.ddde+x."""
    x = point - 1
    if x < -5 or x > high:
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e%d" % x
    elif point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[:point].ljust(point, "0") + ("." + digits[point:] if len(digits) > point else "")
    return "-" + text if negative else text


def _number(scientific, high):
    mantissa, exponent = scientific.split("e")
    negative = mantissa.startswith("-")
    digits = mantissa.lstrip("-").replace(".", "").rstrip("0")
    return _plain(digits, int(exponent) + 1, negative, high) if digits else "-0" if negative else "0"


def _inside(doubles, values):
    """Whether these doubles are nearer to the float32 values than to their neighbours. A text whose double lies halfway between two (7.038531e-26,
    or 47047910) is none of ours, whatever rounding to even makes of it."""
    centers, infinity = values.astype(np.float64), np.float32(np.inf)
    with np.errstate(over="ignore"):
        lower, upper = np.nextafter(values, -infinity).astype(np.float64), np.nextafter(values, infinity).astype(np.float64)
    return (doubles > (lower + centers) / 2) & (doubles < (upper + centers) / 2)


def float_text(value):
    """The shortest text of a float32 that reads back to its bits, by way of a double too."""
    value = np.float32(value)
    shortest = np.format_float_scientific(value, unique=True, trim="-", exp_digits=1)
    for more in range(6, 10):
        if _inside(float(shortest), value):
            break
        shortest = "%.*e" % (more, float(value))
    return _number(shortest, 8)


def double_text(value):
    """The shortest text of a double."""
    return _number(np.format_float_scientific(np.float64(value), unique=True, trim="-", exp_digits=1), 16)


def floats(values):
    """A list on one line. NumPy's own text is the shortest too, and ours where it is plain; it is made of all at once."""
    values = np.asarray(values, np.float32).ravel()
    texts = values.astype(str)
    plain = _inside(texts.astype(np.float64), values) & (np.abs(values) < 1e9) & (values != 0)
    return Raw("[" + ",".join((t[:-2] if t.endswith(".0") else t) if good and "e" not in t else float_text(v)
                              for t, good, v in zip(texts.tolist(), plain.tolist(), values)) + "]")


def doubles(values):
    return Raw("[" + ",".join(double_text(v) for v in values) + "]")


def _scalar(value):
    if isinstance(value, Raw):
        return value
    if isinstance(value, float):
        return double_text(value)
    return json.dumps(value, ensure_ascii=False)


def _write(value, depth, out):
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        for i, (key, member) in enumerate(value.items()):
            out.append(("{" if i == 0 else ",") + inner + json.dumps(key, ensure_ascii=False) + ": ")
            _write(member, depth + 1, out)
        out.append("\n" + " " * depth + "}" if value else "{}")
    elif isinstance(value, list):
        last = False
        out.append("[")
        for i, item in enumerate(value):
            last = isinstance(item, (dict, list))
            out.append(("," if i else "") + (inner if last else ""))
            _write(item, depth + 1, out)
        out.append("\n" + " " * depth + "]" if last else "]")
    else:
        out.append(_scalar(value))


def seal(members):
    """The text of a model file: the members, one space of indent a level, and the checksum of all before its comma."""
    out = []
    _write(members, 0, out)
    text = "".join(out)[:-2]                # without the line that closes the object
    return text + ',"checksum":"%08x"}' % zlib.crc32(text.encode())


def parse(text, name, numbers=None):
    """JSON to Python, or a refusal with its place. numbers: what becomes of the text of a number (Raw keeps it)."""
    def unique(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key that stands twice in one object")
        return dict(pairs)

    def unknown(word):
        raise ValueError("%s is no JSON" % word)
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=unique, parse_constant=unknown, parse_float=numbers, parse_int=numbers)
    except RecursionError:
        raise Refused("%s: JSON that is nested too deeply" % name) from None
    except json.JSONDecodeError as error:
        raise Refused("%s: line %d, column %d: no JSON: %s" % (name, error.lineno, error.colno, error.msg)) from None
    except ValueError as error:
        raise Refused("%s: no JSON: %s" % (name, error)) from None
