#!/usr/bin/python3
"""Losses of ten Adam steps of nets A, B and D of the learning engine, by PyTorch in float64.

Start values and data come from an integer hash, so the fixture holds losses only and the C test makes the same
numbers. Run:  /usr/bin/python3 validation/make_learn_fixtures.py > tests/data/learn/pytorch_losses.json
"""
import json
import sys

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def hashed(stream, n):
    """n numbers in [-1, 1): murmur3's finaliser of (stream, index)."""
    x = (np.arange(n, dtype=np.uint64) * 2654435761 + stream * 40503 + 12345) & 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return x.astype(np.float64) / 2**31 - 1


class Params:
    """Tensors in the order in which the C network creates them."""

    def __init__(self):
        self.stream = 0

    def take(self, shape, scale):
        self.stream += 1
        return torch.tensor(hashed(self.stream, int(np.prod(shape))).reshape(shape) * scale)

    def dense(self, n_in, n_out):
        layer = torch.nn.Linear(n_in, n_out)
        layer.weight.data = self.take((n_in, n_out), n_in**-0.5).T.contiguous()
        layer.bias.data = self.take((n_out,), n_in**-0.5)
        return layer

    def conv(self, n_in, n_out, k, stride):
        layer = torch.nn.Conv1d(n_in, n_out, k, stride)
        layer.weight.data = self.take((k, n_in, n_out), (k * n_in) ** -0.5).permute(2, 1, 0).contiguous()
        layer.bias.data = self.take((n_out,), (k * n_in) ** -0.5)
        return layer

    def lstm(self, n_in, h):
        layer = torch.nn.LSTM(n_in, h, batch_first=True)
        layer.weight_ih_l0.data = self.take((n_in, 4 * h), h**-0.5).T.contiguous()
        layer.weight_hh_l0.data = self.take((h, 4 * h), h**-0.5).T.contiguous()
        layer.bias_ih_l0.data = self.take((4 * h,), h**-0.5)
        layer.bias_hh_l0.data.zero_()  # our LSTM has one bias
        layer.bias_hh_l0.requires_grad_(False)
        return layer


def adam_losses(parameters, loss):
    optimiser = torch.optim.Adam([p for p in parameters if p.requires_grad], lr=1e-3)
    out = []
    for _ in range(10):
        optimiser.zero_grad()
        value = loss()
        value.backward()
        optimiser.step()
        out.append(value.item())
    return out


def all_parameters(*layers):
    return [p for layer in layers for p in layer.parameters()]


def net_a(batch=16, steps=1000):
    p = Params()
    convs = [p.conv(2, 32, 7, 2), p.conv(32, 64, 5, 2), p.conv(64, 64, 5, 2)]
    lstm, d1, d2 = p.lstm(64, 64), p.dense(64, 64), p.dense(64, 9)
    x = torch.tensor(hashed(1001, batch * steps * 2).reshape(batch, steps, 2)).transpose(1, 2)
    y = torch.tensor(hashed(1002, batch * 9).reshape(batch, 9))

    def loss():
        h = x
        for c in convs:
            h = torch.relu(c(h))
        h = lstm(h.transpose(1, 2))[0][:, -1]
        return torch.nn.functional.mse_loss(d2(torch.relu(d1(h))), y)

    return adam_losses(all_parameters(*convs, lstm, d1, d2), loss)


def net_b(batch=24, steps=200):
    p = Params()
    convs = [p.conv(1, 32, 7, 2), p.conv(32, 64, 5, 2), p.conv(64, 64, 5, 2)]
    dense = p.dense(64, 4)
    x = torch.tensor(hashed(1001, batch * steps).reshape(batch, steps, 1)).transpose(1, 2)
    classes = torch.arange(batch) % 4

    def loss():
        h = x
        for c in convs:
            h = torch.relu(c(h))
        return torch.nn.functional.cross_entropy(dense(h.mean(2)), classes)

    return adam_losses(all_parameters(*convs, dense), loss)


def net_d(batch=80):
    """du/dt = -u on [0, 2], u(0) = 1: the mean squared residual plus the squared error at 0."""
    p = Params()
    sizes = [1, 32, 32, 32, 32, 1]
    layers = [p.dense(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
    t = (torch.arange(batch, dtype=torch.float64) / (batch - 1) * 2).reshape(-1, 1).requires_grad_(True)

    def loss():
        h = t
        for layer in layers[:-1]:
            h = torch.tanh(layer(h))
        u = layers[-1](h)
        (du,) = torch.autograd.grad(u.sum(), t, create_graph=True)
        return ((du + u) ** 2).mean() + (u[0, 0] - 1) ** 2

    return adam_losses(all_parameters(*layers), loss)


json.dump({"what": "losses of ten Adam steps (lr 1e-3) in float64", "torch": torch.__version__,
           "command": "/usr/bin/python3 validation/make_learn_fixtures.py",
           "A": net_a(), "B": net_b(), "D": net_d()}, sys.stdout, indent=1)
print()
