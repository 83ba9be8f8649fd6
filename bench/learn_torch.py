#!/usr/bin/python3
"""PyTorch's side of the learning engine's benchmark: times one net, prints one JSON line per request.

usage: learn_torch.py THREADS     reads net names (A B C C1 D T T1 U) on stdin, one per line; prints {"net":…, "seconds":…}
Started by learn_bench.py, which interleaves the two sides, so that a busy machine hits both alike.
"""
import json
import os
import sys
import time

threads = sys.argv[1]
os.environ["OMP_NUM_THREADS"] = threads
os.environ["OPENBLAS_NUM_THREADS"] = threads

import torch  # noqa: E402

torch.set_num_threads(int(threads))
torch.manual_seed(1)


def step_of(net, parameters, loss):
    optimiser = torch.optim.Adam(parameters, lr=1e-3)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss().backward()
        optimiser.step()

    return step


class Conv(torch.nn.Module):
    def __init__(self, channels, lstm, out):
        super().__init__()
        self.convs = torch.nn.Sequential(
            torch.nn.Conv1d(channels, 32, 7, 2), torch.nn.ReLU(), torch.nn.Conv1d(32, 64, 5, 2), torch.nn.ReLU(),
            torch.nn.Conv1d(64, 64, 5, 2), torch.nn.ReLU())
        self.lstm = torch.nn.LSTM(64, 64, batch_first=True) if lstm else None
        self.head = (torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, out)) if lstm
                     else torch.nn.Linear(64, out))

    def forward(self, x):
        h = self.convs(x)
        if self.lstm is None:
            return self.head(h.mean(2))
        return self.head(self.lstm(h.transpose(1, 2))[0][:, -1])


def net_a():
    net, x, y = Conv(2, True, 9), torch.randn(64, 2, 1000), torch.randn(64, 9)
    return step_of(net, net.parameters(), lambda: torch.nn.functional.mse_loss(net(x), y))


def net_b():
    net, x, y = Conv(1, False, 4), torch.randn(128, 1, 200), torch.arange(128) % 4
    return step_of(net, net.parameters(), lambda: torch.nn.functional.cross_entropy(net(x), y))


def mlp(sizes):
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def net_c(rows):
    net, x = mlp([3, 32, 32, 1]), torch.randn(rows, 3)

    def run():
        with torch.no_grad():
            net(x)

    return run


def net_d():
    net = mlp([1, 32, 32, 32, 32, 1])
    t = torch.linspace(0, 2, 80).reshape(-1, 1).requires_grad_(True)

    def loss():
        u = net(t)
        (du,) = torch.autograd.grad(u.sum(), t, create_graph=True)
        return ((du + u) ** 2).mean() + (u[0, 0] - 1) ** 2

    return step_of(net, net.parameters(), loss)


class Twin(torch.nn.Module):
    """The encoder of the twins: (64, 5, 4800), convolutions 12/4 9/4 6/3, LSTM 64, pools, 40 features, 160-160."""

    def __init__(self):
        super().__init__()
        self.convs = torch.nn.Sequential(
            torch.nn.Conv1d(5, 32, 12, 4), torch.nn.ReLU(), torch.nn.Conv1d(32, 48, 9, 4), torch.nn.ReLU(),
            torch.nn.Conv1d(48, 64, 6, 3), torch.nn.ReLU())
        self.lstm = torch.nn.LSTM(64, 64, batch_first=True)
        self.head = torch.nn.Sequential(torch.nn.Linear(232, 160), torch.nn.ReLU(), torch.nn.Linear(160, 160),
                                        torch.nn.ReLU(), torch.nn.Linear(160, 18))

    def forward(self, x, f):
        h = self.lstm(self.convs(x).transpose(1, 2))[0]
        return self.head(torch.cat([h[:, -1], h.mean(1), h.max(1)[0], f], 1))


def net_t():
    net, x, f, y = Twin(), torch.randn(64, 5, 4800), torch.randn(64, 40), torch.randn(64, 9)

    def loss():
        out = net(x, f)
        return torch.nn.functional.gaussian_nll_loss(out[:, :9], y, out[:, 9:].exp())

    return step_of(net, net.parameters(), loss)


class UNet(torch.nn.Module):
    def __init__(self):
        super().__init__()

        def twice(i, o):
            return torch.nn.Sequential(torch.nn.Conv2d(i, o, 3, 1, 1), torch.nn.ReLU(), torch.nn.Conv2d(o, o, 3, 1, 1),
                                       torch.nn.ReLU())

        self.a, self.c, self.d, self.e, self.f = (twice(1, 16), twice(16, 32), twice(32, 64), twice(96, 32),
                                                  twice(48, 16))
        self.head = torch.nn.Conv2d(16, 1, 1)

    def forward(self, x):
        pool, up = torch.nn.functional.max_pool2d, torch.nn.functional.interpolate
        a = self.a(x)
        c = self.c(pool(a, 2))
        e = self.e(torch.cat([c, up(self.d(pool(c, 2)), scale_factor=2)], 1))
        return self.head(self.f(torch.cat([a, up(e, scale_factor=2)], 1)))


def net_u():
    net, x, y = UNet(), torch.randn(2, 1, 256, 256), torch.randn(2, 1, 256, 256)
    return step_of(net, net.parameters(), lambda: torch.nn.functional.mse_loss(net(x), y))


def net_t1():
    net, x, f = Twin(), torch.randn(1, 5, 4800), torch.randn(1, 40)

    def run():
        with torch.no_grad():
            net(x, f)

    return run


nets = {"A": net_a, "B": net_b, "C": lambda: net_c(10000), "C1": lambda: net_c(1), "D": net_d, "T": net_t,
        "T1": net_t1, "U": net_u}
made = {}
for line in sys.stdin:
    name, repeats = line.split()
    if name not in made:
        made[name] = nets[name]()
        for _ in range(3):
            made[name]()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(int(repeats)):
        made[name]()
    wall, cpu = (time.perf_counter() - wall) / int(repeats), (time.process_time() - cpu) / int(repeats)
    print(json.dumps({"net": name, "seconds": wall, "cpu_seconds": cpu}), flush=True)
