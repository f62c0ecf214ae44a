"""What flows through an ONNX graph while it is followed: axes with names, and the layers up to there."""
import numpy as np

from .fault import Refused


class Layout(Refused):
    """The graph does not go on with this order of the input's axes: perhaps with another."""


class Stream:
    """What depends on the input: axes, each a list of (tag, size); the layers up to here. Tags: B batch, T time, C columns, D direction, 1 an
    axis of one. layers None: a step within a pattern (the mean of a layer norm), of use only to the node that completes it, which `of` tells.
    parts: of a stack of final states, (Stream without D, the direction or None) along its first axis."""

    def __init__(self, axes, layers, of=None, parts=None):
        self.axes, self.layers, self.of, self.parts = [list(a) for a in axes], layers, of or (), parts

    @property
    def shape(self):
        return [int(np.prod([s for _, s in axis], dtype=object)) for axis in self.axes]

    @property
    def tags(self):
        return ["".join(t for t, s in axis if len(axis) == 1 or s != 1 or t not in "D1") for axis in self.axes]

    def like(self, layers, of=None):
        return Stream(self.axes, layers, of)


def atoms(axes):
    return [atom for axis in axes for atom in axis]


def regroup(parts, shape):
    """Axes of the given sizes out of atoms in their order; None where a size ends within one."""
    axes, rest = [], list(parts)
    for k, size in enumerate(shape):
        axis, have = [], 1
        if size == 1:                           # of a run of ones the batch first, then any
            run = 0
            while run < len(rest) and rest[run][1] == 1:
                run += 1
            pick = next((i for i in range(run) if rest[i][0] == "B"), 0 if run else None)
            axis = [rest[pick]] if pick is not None else [("1", 1)]
            if pick is not None:
                rest = rest[pick + 1:] if all(a[0] in "D1" for a in rest[:pick]) else rest[:pick] + rest[pick + 1:]
        while have < size and rest:
            atom = rest.pop(0)
            have *= atom[1]
            if atom[1] != 1 or atom[0] not in "D1":
                axis.append(atom)
        if size > 1 and have != size:
            return None
        axes.append(axis)
    if any(s != 1 for _, s in rest):
        return None
    for atom in rest:                           # ones at the end: columns of one belong to the last axis
        if atom[0] not in "D1" and axes:
            axes[-1].append(atom)
    return axes


class Unknown:
    def __init__(self, why):
        self.why = why


def unstacked(value):
    """A stack of one final state, or of the two directions of one layer, as the stream it is."""
    if len(value.parts) == 1 and value.parts[0][1] is None:
        return value.parts[0][0]
    if [way for _, way in value.parts] == [0, 1] and value.parts[0][0].of[2] is value.parts[1][0].of[2]:
        first = value.parts[0][0]
        return Stream([[("D", 2)]] + first.axes, first.of[2])
    return value


def name_of(node):
    """What a node is called; many have no name, but each has an output."""
    return node.name or next(filter(None, node.output), "?")
