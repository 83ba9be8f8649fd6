"""Loligo: digital twins of neurons and cells, over libloligo by ctypes. Nothing is compiled.

Units stand in names: ms, mV, pA, pF, nS, µm, µM. Arrays that come out are read-only views on the library's memory and
hold it; arrays that go in are read where they lie (float64, C-contiguous). The interpreter's lock is let go in every
call; Ctrl-C cancels. Errors are ``LoligoError(code, message)``.
"""

from . import axon, batch, calcium, cell, culture, drug, features, figure, identify, neuron, protocol, recording, twin
from ._data import find as find_data
from ._library import VERSION as __version__
from ._library import version
from .cell import Cell
from .context import Context, context, set_threads
from .errors import Cancelled, LoligoError, Status
from .neuron import Neuron, Simulation, simulate, simulate_sensitivity
from .protocol import Protocol
from .recording import Recording
from .twin import Twin

read = recording.read

__all__ = [
    "Cancelled",
    "Cell",
    "Context",
    "LoligoError",
    "Neuron",
    "Protocol",
    "Recording",
    "Simulation",
    "Status",
    "Twin",
    "__version__",
    "axon",
    "batch",
    "calcium",
    "cell",
    "context",
    "culture",
    "drug",
    "features",
    "figure",
    "find_data",
    "identify",
    "neuron",
    "protocol",
    "read",
    "recording",
    "set_threads",
    "simulate",
    "simulate_sensitivity",
    "twin",
    "version",
]
