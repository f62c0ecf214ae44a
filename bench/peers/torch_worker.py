"""PyTorch as a worker of bench/run.py: the same networks, losses, clipping and Adam, from the same weights."""
import os
import time

import torch

from common import Absent, Work, peak_kb, serve, system_spec, threads

torch.set_num_threads(threads())
torch.set_num_interop_threads(1)
ACTIVATIONS = {"linear": lambda z: z, "relu": torch.relu, "swish": torch.nn.functional.silu, "sigmoid": torch.sigmoid}


class Network(torch.nn.Module):
    """LSTM layers over whole windows, then dense ones on the last step. logits: without the last layer's sigmoid."""

    def __init__(self, work, cells=False):
        super().__init__()
        self.recurrent, self.dense, self.activations = torch.nn.ModuleList(), torch.nn.ModuleList(), []
        for (kind, inputs, size, *rest), tensors in zip(work.layers, work.tensors):
            if kind == "lstm":
                layer = torch.nn.LSTMCell(inputs, size) if cells else torch.nn.LSTM(inputs, size, batch_first=True)
                end = "" if cells else "_l0"
                parameters = dict(layer.named_parameters())
                kernel, recurrent, bias = map(torch.from_numpy, tensors)
                with torch.no_grad():           # its gates stand i,f,g,o too
                    parameters["weight_ih" + end].copy_(kernel.T)
                    parameters["weight_hh" + end].copy_(recurrent.T)
                    parameters["bias_ih" + end].copy_(bias)
                    parameters["bias_hh" + end].zero_()
                parameters["bias_hh" + end].requires_grad_(False)   # one bias, as ours
                self.recurrent.append(layer)
            else:
                layer = torch.nn.Linear(inputs, size)
                with torch.no_grad():
                    layer.weight.copy_(torch.from_numpy(tensors[0]).T)
                    layer.bias.copy_(torch.from_numpy(tensors[1]))
                self.dense.append(layer)
                self.activations.append(rest[0])

    def head(self, x, logits):
        for layer, activation in zip(self.dense, self.activations):
            x = layer(x)
            if not (logits and activation == "sigmoid"):
                x = ACTIVATIONS[activation](x)
        return x

    def forward(self, x, logits=False):
        for layer in self.recurrent:
            x, _ = layer(x)
        return self.head(x[:, -1], logits)

    def step(self, x, states):
        for k, cell in enumerate(self.recurrent):
            x, c = cell(x, states[k])
            states[k] = (x, c)
        return self.head(x, False)


def loss_of(work):
    return {"mse": torch.nn.MSELoss(), "bce": torch.nn.BCEWithLogitsLoss(), "huber": torch.nn.HuberLoss()}[work.loss]


def trainer(work):
    """network, step(batch) -> loss"""
    network, loss_function = Network(work), loss_of(work)
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    logits = work.loss == "bce"

    def step(windows, targets):
        optimizer.zero_grad()
        loss = loss_function(network(windows, logits), targets)
        loss.backward()
        if work.clip > 0:
            torch.nn.utils.clip_grad_norm_(parameters, work.clip)
        optimizer.step()
        return loss
    return network, step


def tensors_of(work):
    return [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in work.batches()]


def make(item, work):
    if item == "train":
        _, step = trainer(work)
        batches, at = tensors_of(work), [0]

        def call():
            at[0] = (at[0] + 1) % len(batches)
            return step(*batches[at[0]]).detach()
        return call, work.batch
    if item in ("latency", "batch"):
        network = Network(work).eval()
        windows = torch.from_numpy(work.large() if item == "batch" else work.checked()[:1])

        def call():
            with torch.inference_mode():
                return network(windows)[0, 0]
        return call, len(windows)
    if item == "stream":
        network = Network(work, cells=True).eval()
        rows, at = torch.from_numpy(work.matrix), [0]
        states = [(torch.zeros(1, layer[2]), torch.zeros(1, layer[2])) for layer in work.layers if layer[0] == "lstm"]

        def call():
            at[0] = (at[0] + 1) % len(rows)
            with torch.inference_mode():
                return network.step(rows[at[0]:at[0] + 1], states)[0, 0]
        return call, 1
    raise Absent(f"{item} is not measured with PyTorch")


def check(work, options):
    network, step = trainer(work)
    windows, cells = torch.from_numpy(work.checked()), Network(work, cells=True)
    states = [(torch.zeros(1, layer[2]), torch.zeros(1, layer[2])) for layer in work.layers if layer[0] == "lstm"]
    with torch.no_grad():
        outputs = network(windows).flatten().tolist()
        for t in range(work.window):
            last = cells.step(windows[:1, t], states)
    losses = [step(*batch).item() for batch in tensors_of(work)[:3]]
    with torch.no_grad():
        trained = network(windows).flatten().tolist()
    return {"outputs": outputs, "stream": last.item(), "losses": losses, "trained": trained}


class Whole(torch.nn.Module):
    """System A: batch norm over features (sequences are turned for it), dropout, L2 in the loss."""

    def __init__(self, spec, size):
        super().__init__()
        self.layers, self.words, self.l2 = torch.nn.ModuleList(), [], []
        for name, value, activation, values in spec:
            if name == "lstm":
                layer = torch.nn.LSTM(size, int(value), batch_first=True)
                size = int(value)
            elif name == "dense":
                layer = torch.nn.Linear(size, int(value))
                size = int(value)
            else:
                layer = torch.nn.BatchNorm1d(size, eps=1e-3, momentum=0.01) if name == "batchnorm" else torch.nn.Dropout(float(value))
            if "l2" in values:
                self.l2.append((float(values["l2"]), layer.weight_ih_l0 if name == "lstm" else layer.weight))
            self.layers.append(layer)
            self.words.append((name, activation))
        self.last = max(k for k, (name, _) in enumerate(self.words) if name == "lstm")

    def forward(self, x):
        for k, (layer, (name, activation)) in enumerate(zip(self.layers, self.words)):
            if name == "lstm":
                x, _ = layer(x)
                if k == self.last:
                    x = x[:, -1]
            elif name == "batchnorm" and x.dim() == 3:
                x = layer(x.transpose(1, 2)).transpose(1, 2)
            else:
                x = layer(x)
                if name == "dense" and activation == "relu":
                    x = torch.relu(x)
        return x                                # logits

    def penalty(self):
        return sum(factor * weight.square().sum() for factor, weight in self.l2)


def system_a(work, options):
    start, cpu = time.perf_counter(), time.process_time()
    torch.manual_seed(1)
    network = Whole(system_spec(work.spec), work.inputs)
    optimizer, loss_function = torch.optim.Adam(network.parameters(), lr=1e-3), torch.nn.BCEWithLogitsLoss()
    # a view of every window: nothing is copied before a batch is
    windows = torch.from_numpy(work.matrix).unfold(0, work.window, 1).transpose(1, 2)[:work.windows]
    targets = torch.from_numpy(work.labels).reshape(-1, 1)
    ready = time.perf_counter()

    def validation():
        network.eval()
        with torch.no_grad():
            return torch.cat([network(windows[i:i + 256]) for i in range(work.fit, work.windows, 256)])
    for epoch in range(int(options["epochs"])):
        network.train()
        order = torch.randperm(work.fit)
        for i in range(0, work.fit, work.batch):
            chosen = order[i:i + work.batch]
            optimizer.zero_grad()
            (loss_function(network(windows[chosen]), targets[chosen]) + network.penalty()).backward()
            optimizer.step()
        loss = loss_function(validation(), targets[work.fit:work.windows]).item()
        if epoch == 0:
            first = time.perf_counter()
    trained = time.perf_counter()
    validation().sigmoid()
    return {"units": work.fit * int(options["epochs"]), "wall": time.perf_counter() - start, "cpu": time.process_time() - cpu,
            "train": trained - ready, "first": first - ready, "check": loss, "peak_kb": peak_kb()}


serve({"name": "PyTorch", "version": torch.__version__,
       "isa": f"{torch.backends.cpu.get_cpu_capability()}, oneDNN {os.environ.get('ONEDNN_MAX_CPU_ISA', 'default')}"},
      make, {"check": check, "system_a": system_a})
