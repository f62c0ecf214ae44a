"""Around a network what makes it a forecaster: the features that are its inputs, their scaler, the target and the horizon.

What its training saw is not in the files of others. So nothing is claimed: no fingerprint, no baselines, no intervals; and since it cannot
have seen a bar that came after the conversion, `seen_to` is the time of that, unless --seen-to knows better. Until then there is nothing
to evaluate it on: predict and signal work at once.
"""
import datetime
import json
import re
import time

from . import scaler_file
from .fault import Refused, USAGE, cut
from .model_file import model_member
from .proof import run_tool
from .text import Raw, doubles, seal

OPTIONS = [("interval", "seconds of a bar, or 15min, 1h, 1d [1h]"), ("seen-to", "the last bar its training saw, 2024-06-30 or with a time "
           "(UTC) [the time of the conversion]"), ("symbol", "what it forecasts: BTCUSDT"),
           ("profile", "whose definitions the indicators follow: talib, ta, tradingview [talib]")]
TARGETS = ("direction", "price", "return", "volatility", "price_level")


def _interval(text):
    match = re.fullmatch(r"(\d{1,9})(s|min|h|d|w|)", text or "1h")
    if not match or not int(match[1]):
        raise Refused("--interval '%s': expected seconds, or 15min, 1h, 1d, 1w" % cut(text), USAGE)
    return int(match[1]) * {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}[match[2]]


def _time(text, now):
    if text is None:
        return now
    try:
        when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Refused("--seen-to '%s': expected a date like 2024-06-30, with a time like T12:00:00Z" % cut(text), USAGE) from None
    return int(when.replace(tzinfo=when.tzinfo or datetime.timezone.utc).timestamp() * 1000)


def _horizons(text):
    if not re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5})*", text):
        raise Refused("--horizon '%s': expected bars ahead, 1, or several: 1,4,24" % cut(text), USAGE)
    horizons = [int(h) for h in text.split(",")]
    if horizons != sorted(set(horizons)):
        raise Refused("--horizon '%s': several must ascend" % cut(text), USAGE)
    return horizons


def _features(a):
    words = ["features", "--features", a.features, "--json"] + (["--profile", a.profile] if a.profile else [])
    return json.loads(run_tool(a.tool, words, "--features"))


def _units(a, scaler, k, horizons):
    """Of an answer: from what the network says to what was asked."""
    center, scale = 0.0, 1.0
    if scaler.target is not None:
        if a.target == "direction":
            raise Refused("%s: a target of direction is not scaled" % a.scaler, USAGE)
        if len(scaler.target.center) != len(horizons):
            raise Refused("%s: its target scales %d outputs, expected %d" % (a.scaler, len(scaler.target.center), len(horizons)), USAGE)
        center, scale = float(scaler.target.center[k]), float(scaler.target.scale[k])
    units = {"target_center": center, "target_scale": scale, "base_rate": 0.5 if a.target == "direction" else None}
    if a.target == "volatility":
        units["volatility_factor"] = 1.0
    return units


def write(a, network, library, created, extra, notes):
    """The text of the forecaster's file; the library judges it when it is loaded."""
    if a.target not in TARGETS:
        raise Refused("--target '%s': expected one of %s" % (cut(a.target), ", ".join(TARGETS)), USAGE)
    horizons, features = _horizons(a.horizon), _features(a)
    names = [f["name"] for f in features["features"]]
    if len(names) != network.inputs:
        raise Refused("--features gives %d columns, the network takes %d" % (len(names), network.inputs), USAGE)
    scaler = scaler_file.read(a.scaler, network.inputs)
    if scaler.names is not None and list(scaler.names) != names:
        wrong = next((k for k, (x, y) in enumerate(zip(scaler.names, names)) if x != y), min(len(names), len(scaler.names)))
        raise Refused("%s: its feature %d is '%s', that of --features '%s' (name = expression names one)"
                      % (a.scaler, wrong + 1, cut((list(scaler.names) + ["none"])[wrong]), cut((names + ["none"])[wrong])), USAGE)
    if a.seen_to is None:
        notes.say("what the network was trained on is not in the file: nothing before the time of the conversion is evaluated (--seen-to TIME "
                  "where you know the last bar it saw)")
    seen = _time(a.seen_to, created or int(time.time() * 1000))
    members = {"format": "lstmfc", "version": 1, "library": library}
    if created:
        members["created"] = created
    task = {"target": a.target, "horizon": horizons[0]}
    if len(horizons) > 1:
        task["horizons"] = ",".join(map(str, horizons))
    task.update(symbol=a.symbol or "", interval_seconds=_interval(a.interval), cut=0.5)
    task.update(_units(a, scaler, 0, horizons))
    members["task"] = task
    members["features"] = {"spec": features["spec"], "names": Raw("[" + ",".join(json.dumps(n, ensure_ascii=False) for n in names) + "]"),
                           "lookback": features["lookback"], "stable": max(features["lookback"], features["stable_lookback"]),
                           "start_dependent": False, "profile": features["profile"], "gaps": "drop"}
    members["scaler"] = {"kind": scaler.kind, "center": doubles(scaler.center), "scale": doubles(scaler.scale), "mean": doubles(scaler.mean),
                         "deviation": doubles(scaler.deviation)}
    members["model"] = model_member(network)
    intervals = {"level": 0.9, "count": 0, "quantile": None, "kind": "aci"}
    members["intervals"] = intervals
    members["training"] = {
        "rows": 1, "seed": 0, "epochs": 0, "best_epoch": 0, "options": Raw("{}"), "history": [],
        "metrics": {"fit_samples": 0, "val_samples": 0, "equal_closes": 0, "gap_samples": 0, "bad_samples": 0},
        "from": -62135596800000, "fit_to": seen, "seen_to": seen, "fingerprint": "0x0000000000000000",
        "landmarks": {"times": Raw("[]"), "closes": Raw("[]")},
        "synthetic": False}
    if len(horizons) > 1:
        members["answers"] = {str(h): dict(_units(a, scaler, k + 1, horizons), intervals=intervals) for k, h in enumerate(horizons[1:])}
    members["extra"] = Raw(extra)
    return seal(members)
