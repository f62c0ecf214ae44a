"""What the layers of other programs compute, written out in NumPy in double, in the layout of the program that is asked.

Activations are [B][T][columns] or [B][columns]. These are the reference where the program itself is not installed; they share nothing with
lstmfc but the definitions.
"""
import math

import numpy as np


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


ACTIVATION = {
    "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "sigmoid": sigmoid, "swish": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))), "softmax": softmax,
    "softplus": lambda x: np.logaddexp(0, x),
}


def lstm(x, kernel, recurrent, bias, order="ifgo", reverse=False):
    """[B][T][H], in the order of time; kernel [I,4H], recurrent [H,4H], bias [4H], gates in blocks of `order`."""
    steps = range(x.shape[1] - 1, -1, -1) if reverse else range(x.shape[1])
    h = c = np.zeros((len(x), recurrent.shape[0]))
    out = np.zeros((len(x), x.shape[1], recurrent.shape[0]))
    for t in steps:
        z = dict(zip(order, np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)))
        c = sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["g"])
        h = sigmoid(z["o"]) * np.tanh(c)
        out[:, t] = h
    return out


def gru(x, kernel, recurrent, bias, recurrent_bias, order="rzn", reverse=False):
    """As lstm, kernel [I,3H], both biases [3H], the reset gate behind the recurrent product."""
    steps = range(x.shape[1] - 1, -1, -1) if reverse else range(x.shape[1])
    h = np.zeros((len(x), recurrent.shape[0]))
    out = np.zeros((len(x), x.shape[1], recurrent.shape[0]))
    for t in steps:
        a = dict(zip(order, np.split(x[:, t] @ kernel + bias, 3, axis=1)))
        b = dict(zip(order, np.split(h @ recurrent + recurrent_bias, 3, axis=1)))
        z = sigmoid(a["z"] + b["z"])
        n = np.tanh(a["n"] + sigmoid(a["r"] + b["r"]) * b["n"])
        h = (1 - z) * n + z * h
        out[:, t] = h
    return out


def both(forward, backward, sequence):
    """Side by side; as one row what each has written last."""
    if sequence:
        return np.concatenate([forward, backward], axis=-1)
    return np.concatenate([forward[:, -1], backward[:, 0]], axis=-1)


def batchnorm(x, gamma, beta, mean, variance, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def layernorm(x, gamma, beta, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + epsilon) * gamma + beta


def attention(x, kernel, bias, score):
    """The mean of the steps under softmax(score . tanh(x kernel + bias))."""
    weights = softmax(np.tanh(x @ kernel + bias) @ score)
    return (weights[:, :, None] * x).sum(axis=1)


def answer(y):
    """Of a sequence its last step."""
    return y[:, -1] if y.ndim == 3 else y
