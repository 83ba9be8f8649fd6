#!/usr/bin/python3
"""Losses of ten Adam steps of networks with every layer of the learning engine, by PyTorch in float64.

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

    def gru(self, n_in, h):
        layer = torch.nn.GRU(n_in, h, batch_first=True)
        layer.weight_ih_l0.data = self.take((n_in, 3 * h), h**-0.5).T.contiguous()
        layer.weight_hh_l0.data = self.take((h, 3 * h), h**-0.5).T.contiguous()
        layer.bias_ih_l0.data = self.take((3 * h,), h**-0.5)
        layer.bias_hh_l0.data = torch.cat([torch.zeros(2 * h), self.take((h,), h**-0.5)])  # ours: only inside r·(…)
        layer.bias_hh_l0.register_hook(lambda g: torch.cat([torch.zeros(2 * h), g[2 * h:]]))
        return layer

    def norm(self, layer):
        layer.weight.data = 1 + 0.2 * self.take(layer.weight.shape, 1.0)
        layer.bias.data = 0.2 * self.take(layer.bias.shape, 1.0)
        if hasattr(layer, "running_mean"):
            self.stream += 2  # running statistics start at 0 and 1
        return layer

    def conv2d(self, n_in, n_out, k, stride=1, pad=0):
        layer = torch.nn.Conv2d(n_in, n_out, k, stride, pad)
        layer.weight.data = self.take((k, k, n_in, n_out), (k * k * n_in) ** -0.5).permute(3, 2, 0, 1).contiguous()
        layer.bias.data = self.take((n_out,), (k * k * n_in) ** -0.5)
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


def net_e(batch=64):
    """Heat equation u_t = 0.1 u_xx on (x, t), and u = given data: second derivatives inside the loss."""
    p = Params()
    sizes = [2, 24, 24, 1]
    layers = [p.dense(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
    xt = torch.tensor(hashed(1001, batch * 2).reshape(batch, 2)).requires_grad_(True)
    start = torch.tensor(hashed(1002, batch).reshape(batch, 1))

    def loss():
        h = xt
        for layer in layers[:-1]:
            h = torch.tanh(layer(h))
        u = layers[-1](h)
        (first,) = torch.autograd.grad(u.sum(), xt, create_graph=True)
        (second,) = torch.autograd.grad(first[:, 0].sum(), xt, create_graph=True)
        residual = first[:, 1] - 0.1 * second[:, 0]
        return (residual**2).mean() + ((u - start) ** 2).mean()

    return adam_losses(all_parameters(*layers), loss)


def net_g(batch=8, steps=50):
    """GRU and layer norm."""
    p = Params()
    gru, norm, dense = p.gru(3, 20), p.norm(torch.nn.LayerNorm(20)), p.dense(20, 2)
    x = torch.tensor(hashed(1001, batch * steps * 3).reshape(batch, steps, 3))
    y = torch.tensor(hashed(1002, batch * 2).reshape(batch, 2))

    def loss():
        return torch.nn.functional.mse_loss(dense(norm(gru(x)[0]).mean(1)), y)

    return adam_losses(all_parameters(gru, norm, dense), loss)


def net_n(batch=8, steps=60):
    """Convolution and batch norm; the last number is the loss with the running statistics."""
    p = Params()
    conv, norm, dense = p.conv(2, 12, 5, 2), p.norm(torch.nn.BatchNorm1d(12)), p.dense(12, 3)
    x = torch.tensor(hashed(1001, batch * steps * 2).reshape(batch, steps, 2)).transpose(1, 2)
    y = torch.tensor(hashed(1002, batch * 3).reshape(batch, 3))

    def loss():
        return torch.nn.functional.mse_loss(dense(torch.tanh(norm(conv(x))).mean(2)), y)

    losses = adam_losses(all_parameters(conv, norm, dense), loss)
    norm.eval()
    return losses + [loss().item()]


def net_u(batch=2, size=16):
    """A U-Net of one level: padded convolutions, max pool, upsampling, skip connection, strided convolution."""
    p = Params()
    down, middle, up, head, small = (p.conv2d(1, 6, 3, 1, 1), p.conv2d(6, 10, 3, 1, 1), p.conv2d(16, 6, 3, 1, 1),
                                     p.conv2d(6, 1, 1), p.conv2d(6, 2, 3, 2, 1))
    x = torch.tensor(hashed(1001, batch * size * size).reshape(batch, 1, size, size))
    y = torch.tensor(hashed(1002, batch * size * size).reshape(batch, 1, size, size))

    def loss():
        a = torch.relu(down(x))
        b = torch.nn.functional.interpolate(torch.relu(middle(torch.nn.functional.max_pool2d(a, 2))), scale_factor=2)
        c = torch.relu(up(torch.cat([a, b], 1)))
        return torch.nn.functional.mse_loss(head(c), y) + (small(c) ** 2).mean()

    return adam_losses(all_parameters(down, middle, up, head, small), loss)


json.dump({"what": "losses of ten Adam steps (lr 1e-3) in float64", "torch": torch.__version__,
           "command": "/usr/bin/python3 validation/make_learn_fixtures.py",
           "A": net_a(), "B": net_b(), "D": net_d(), "E": net_e(), "G": net_g(), "N": net_n(), "U": net_u()},
          sys.stdout, indent=1)
print()
