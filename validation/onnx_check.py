#!/usr/bin/python3
"""Check exported ONNX networks: onnx.checker, shape inference, and an evaluation in NumPy against loligo's own outputs.

usage: onnx_check.py LOLIGO [NET.safetensors…]       (needs python3-onnx, python3-numpy)

Without networks: some of random weights, whose architectures together use every layer of an encoder.

Debian 12 has no ONNX runtime and its python3-onnx (1.12) no reference evaluator, so the graph is interpreted here,
operator by operator after the ONNX specification, in float64. Exit 1 if anything is off.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def padded(x, pads, value=0.0):
    """x (N, C, …), pads as ONNX has them: all begins, then all ends."""
    n = len(pads) // 2
    return np.pad(x, ((0, 0), (0, 0)) + tuple(zip(pads[:n], pads[n:])), constant_values=value)


def windows_of(x, kernel_shape, strides):
    """(N, C, …, …kernel): every window of x."""
    axes = tuple(range(2, 2 + len(kernel_shape)))
    every = (slice(None), slice(None)) + tuple(slice(None, None, s) for s in strides)
    return np.lib.stride_tricks.sliding_window_view(x, tuple(kernel_shape), axes)[every]


def conv(x, w, b, kernel_shape, strides, pads):
    """x (N, C, …), w (M, C, …kernel)."""
    assert list(w.shape[2:]) == list(kernel_shape)
    n = len(kernel_shape)
    windows = windows_of(padded(x, pads), kernel_shape, strides)
    y = np.tensordot(windows, w, (tuple([1] + list(range(2 + n, 2 + 2 * n))), tuple(range(1, 2 + n))))
    return np.moveaxis(y + b, -1, 1)


def resize(x, scales, coordinate_transformation_mode, mode, nearest_mode):
    assert (coordinate_transformation_mode, mode, nearest_mode) == (b"asymmetric", b"nearest", b"floor")
    for axis, scale in enumerate(scales):
        at = np.floor(np.arange(int(x.shape[axis] * scale)) / scale).astype(int)
        x = np.take(x, at, axis)
    return x


def lstm(x, w, r, b, hidden_size):
    """x (T, N, I), w (1, 4H, I) in the order i o f c, r (1, 4H, H), b (1, 8H); the spec's default activations."""
    steps, n, _ = x.shape
    h = c = np.zeros((n, hidden_size))
    out = np.zeros((steps, 1, n, hidden_size))
    for t in range(steps):
        gates = x[t] @ w[0].T + h @ r[0].T + b[0, : 4 * hidden_size] + b[0, 4 * hidden_size:]
        i, o, f, g = np.split(gates, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out[t, 0] = h
    return out


def max_pool(x, kernel_shape, strides, pads):
    """x (N, C, …); what is padded counts as nothing."""
    n = len(kernel_shape)
    return windows_of(padded(x, pads, -np.inf), kernel_shape, strides).max(tuple(range(2 + n, 2 + 2 * n)))


OPERATORS = {
    "Add": lambda a, b: a + b,
    "Clip": np.clip,
    "MatMul": lambda a, b: a @ b,
    "MaxPool": max_pool,
    "Resize": resize,
    "Reshape": lambda x, shape: np.reshape(x, [int(n) for n in shape]),
    "Sqrt": np.sqrt,
    "Sub": lambda a, b: a - b,
    "Sum": lambda *xs: sum(xs),
    "Transpose": lambda x, perm: np.transpose(x, perm),
    "Conv": conv,
    "LSTM": lstm,
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
    "Gather": lambda x, index, axis: np.take(x, index, axis),
    "ReduceMean": lambda x, axes, keepdims: x.mean(tuple(axes), keepdims=bool(keepdims)),
    "ReduceMax": lambda x, axes, keepdims: x.max(tuple(axes), keepdims=bool(keepdims)),
    "Concat": lambda *xs, axis: np.concatenate(xs, axis),
    "Gemm": lambda a, b, c: a @ b + c,
    "Mul": lambda a, b: a * b,
    "Relu": lambda x: np.maximum(x, 0),
    "Tanh": np.tanh,
    "Sigmoid": sigmoid,
    "Exp": np.exp,
    "Softplus": lambda x: np.logaddexp(0, x),
    "Identity": lambda x: x,
}


def evaluate(model, inputs):
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in values.items()}
    values.update({k: v.astype(np.float64) for k, v in inputs.items()})
    for node in model.graph.node:
        result = OPERATORS[node.op_type](*[values[i] for i in node.input if i], **attributes(node))
        values[node.output[0]] = result
    return [values[out.name] for out in model.graph.output]


def check(loligo, net, folder):
    path, data = os.path.join(folder, "net.onnx"), os.path.join(folder, "data")
    answer = subprocess.run([loligo, "export-onnx", net, "-o", path, "--test-data", data, "--json"], check=True,
                            capture_output=True, text=True)
    said = json.loads(answer.stdout)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    shapes = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    inferred = shapes.graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    inputs = {}
    for k, value in enumerate(model.graph.input):
        tensor = onnx.load_tensor(os.path.join(data, f"input_{k}.pb"))
        assert tensor.name == value.name
        inputs[value.name] = numpy_helper.to_array(tensor)
    good, error = inferred == said["width"], 0.0
    for k, theirs in enumerate(evaluate(model, inputs)):
        ours = numpy_helper.to_array(onnx.load_tensor(os.path.join(data, f"output_{k}.pb"))).astype(np.float64)
        scale = np.max(np.abs(theirs), 0) if "layout" in said else np.max(np.abs(theirs))  # outputs of other units
        error = max(error, float(np.max(np.abs(ours - theirs) / np.maximum(scale, 1e-2))))
        good = good and ours.shape == theirs.shape
    good = good and error < 2e-5
    print(json.dumps({"net": os.path.basename(net), "nodes": len(model.graph.node), "bytes": os.path.getsize(path),
                      "steps": next(iter(inputs.values())).shape[1], "checker": "ok", "largest_relative_difference": error,
                      "good": good}))
    return good


def random_net(path, text, seed):
    """A network of this architecture with random weights, as safetensors."""
    rng = np.random.default_rng(seed)
    words = dict(word.split("=") for word in text.split())
    width, shapes = int(words["channels"]), {}
    for i, layer in enumerate(words.get("conv", "").split(",") if "conv" in words else []):
        out, kernel = (int(n) for n in layer.split(":")[:2])
        shapes[f"encoder.conv.{i}.weight"], shapes[f"encoder.conv.{i}.bias"] = (kernel, width, out), (out,)
        width = out
    if "lstm" in words:
        h = int(words["lstm"])
        shapes.update({"encoder.lstm.w_input": (width, 4 * h), "encoder.lstm.w_hidden": (h, 4 * h),
                       "encoder.lstm.bias": (4 * h,)})
        width = h
    width = width * len(words["pool"].split(",")) + int(words.get("features", 0))
    for i, out in enumerate(int(n) for n in words.get("dense", "").split(",") if n):
        shapes[f"encoder.dense.{i}.weight"], shapes[f"encoder.dense.{i}.bias"] = (width, out), (out,)
        width = out
    shapes["mixture.weight"], shapes["mixture.bias"] = (width, 13), (13,)
    header, data = {"__metadata__": {"encoder": text}}, b""
    for name, shape in shapes.items():
        fan = np.prod(shape[:-1]) if len(shape) > 1 else 4
        part = rng.normal(0, fan**-0.5, shape).astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)
    return path


ARCHITECTURES = (
    "channels=6 conv=32:12:4,48:9:4,64:6:3 lstm=64 pool=last,mean,max features=40 dense=160,160 act=relu",
    "channels=2 conv=5:5:2:2,7:3:1:1 lstm=6 pool=max dense=11 act=tanh",
    "channels=3 lstm=9 pool=mean,max features=2 dense=11,4 act=silu",
    "channels=2 conv=6:4:3 pool=last,mean dense=5 act=softplus",
    "channels=1 conv=4:3:1:1 pool=mean features=1 act=sigmoid",
    "channels=4 pool=last,mean,max act=exp",
)

if len(sys.argv) < 2:
    sys.exit(__doc__)
with tempfile.TemporaryDirectory() as scratch:
    nets = sys.argv[2:] or [random_net(os.path.join(scratch, f"net{k}.safetensors"), text, k)
                            for k, text in enumerate(ARCHITECTURES)]
    sys.exit(0 if all([check(sys.argv[1], net, scratch) for net in nets]) else 1)
