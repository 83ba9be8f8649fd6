#!/usr/bin/env python3
"""Make the small NWB files of tests/unit/test_nwb_read.c with h5py (Debian: python3-h5py). Deterministic.

Every file has responses v[k] = -65 + sweep + 0.01 k mV and currents 10 (sweep + 1) pA in samples 20 ... 59, else 0.
Usage: /usr/bin/python3 tests/data/nwb/make.py
"""
import os
import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
N, RATE = 80, 10000.0


def v_of(sweep):
    return -65.0 + sweep + 0.01 * np.arange(N)


def i_of(sweep):
    i = np.zeros(N)
    i[20:60] = 10.0 * (sweep + 1)
    return i


def typed(obj, kind, namespace="core"):
    obj.attrs["neurodata_type"] = kind
    obj.attrs["namespace"] = namespace
    obj.attrs["object_id"] = "00000000-0000-4000-8000-000000000000"
    return obj


def new(name, version="2.5.0"):
    f = h5py.File(os.path.join(HERE, name), "w", libver="earliest", track_order=False)
    typed(f, "NWBFile").attrs["nwb_version"] = version
    for group in ("acquisition", "analysis", "processing", "stimulus/presentation", "stimulus/templates",
                  "general/devices", "general/intracellular_ephys"):
        f.create_group(group)
    typed(f.create_group("general/devices/amp"), "Device")
    for e in ("electrode_0", "electrode_1"):
        g = typed(f.create_group("general/intracellular_ephys/" + e), "IntracellularElectrode")
        g["device"] = h5py.SoftLink("/general/devices/amp")
    return f


def series(f, group, name, kind, data, unit, conversion=1.0, offset=None, sweep=None, start=0.0, electrode="electrode_0",
           timestamps=None, **options):
    g = typed(f[group].create_group(name), kind)
    if sweep is not None:
        g.attrs["sweep_number"] = np.uint32(sweep)
    g.attrs["stimulus_description"] = "steps"
    d = g.create_dataset("data", data=data, **options)
    d.attrs["unit"] = unit
    d.attrs["conversion"] = conversion
    if offset is not None:
        d.attrs["offset"] = offset
    if timestamps is None:
        t = g.create_dataset("starting_time", data=start)
        t.attrs["rate"] = RATE
        t.attrs["unit"] = "seconds"
    else:
        g.create_dataset("timestamps", data=timestamps)
    if electrode:
        g["electrode"] = h5py.SoftLink("/general/intracellular_ephys/" + electrode)
    return g


def response(f, name, which, kind="CurrentClampSeries", **options):
    options.setdefault("data", v_of(which) * 1e-3)
    return series(f, "acquisition", name, kind, unit=options.pop("unit", "volts"), **options)


def stimulus(f, name, which, where="stimulus/presentation", **options):
    options.setdefault("data", i_of(which) * 1e-12)
    return series(f, where, name, "CurrentClampStimulusSeries", unit=options.pop("unit", "amperes"), **options)


RANGE = np.dtype([("idx_start", "<i4"), ("count", "<i4"), ("timeseries", h5py.ref_dtype)])


def recordings_table(f, rows):
    t = typed(f.create_group("general/intracellular_ephys/intracellular_recordings"), "IntracellularRecordingsTable")
    t.create_dataset("id", data=np.arange(len(rows)))
    for group, column, at in (("stimuli", "stimulus", 0), ("responses", "response", 1)):
        g = typed(t.create_group(group), "DynamicTable", "hdmf-common")
        d = np.zeros(len(rows), RANGE)
        for k, row in enumerate(rows):
            first, count, obj = row[at]
            d[k] = (first, count, f[obj].ref)
        g.create_dataset(column, data=d, dtype=RANGE)
    return t


with new("table.nwb") as f:  # int16 with conversion and offset, gzip, shuffle; ranges; an absent stimulus; a template
    q = np.round((v_of(0) + 65.0) * 100).astype("<i2")
    response(f, "b_odd_name", 0, data=q, conversion=1e-5, offset=-0.065, chunks=(32,), compression="gzip", shuffle=True,
             fletcher32=True)
    response(f, "a_other_name", 1, data=np.concatenate([np.zeros(7), v_of(1)]).astype("<f4") * np.float32(1e-3))
    response(f, "c_no_stimulus", 2)
    stimulus(f, "zzz", 0, data=i_of(0).astype(">i4"), conversion=1e-12)
    stimulus(f, "template", 1, where="stimulus/templates", data=np.concatenate([i_of(1), np.zeros(9)]) * 1e-12)
    recordings_table(f, [((0, N, "stimulus/presentation/zzz"), (0, N, "acquisition/b_odd_name")),
                         ((0, N, "stimulus/templates/template"), (7, N, "acquisition/a_other_name")),
                         ((-1, -1, "acquisition/c_no_stimulus"), (0, N, "acquisition/c_no_stimulus"))])

with new("simultaneous.nwb") as f:  # stimulus and response in different rows of one simultaneous recording
    for k in (0, 1):
        response(f, "r%d" % k, k, electrode="electrode_%d" % k)
        stimulus(f, "s%d" % (1 - k), k, electrode="electrode_%d" % k)
    t = recordings_table(f, [((-1, -1, "acquisition/r0"), (0, N, "acquisition/r0")),
                             ((-1, -1, "acquisition/r1"), (0, N, "acquisition/r1")),
                             ((0, N, "stimulus/presentation/s0"), (-1, -1, "stimulus/presentation/s0")),
                             ((0, N, "stimulus/presentation/s1"), (-1, -1, "stimulus/presentation/s1"))])
    g = typed(f.create_group("general/intracellular_ephys/simultaneous_recordings"), "SimultaneousRecordingsTable")
    g.create_dataset("recordings", data=np.array([0, 1, 2, 3], "<i8"))
    g.create_dataset("recordings_index", data=np.array([4], "u1"))

with new("sweep_table.nwb", "2.2.2") as f:  # numbers stand only in the table; the index is uint8
    for k in (0, 1):
        response(f, "r%d" % k, k)
        stimulus(f, "s%d" % (1 - k), k)
    g = typed(f.create_group("general/intracellular_ephys/sweep_table"), "SweepTable")
    refs = [f["acquisition/r0"].ref, f["stimulus/presentation/s1"].ref, f["acquisition/r1"].ref,
            f["stimulus/presentation/s0"].ref]
    g.create_dataset("series", data=np.array(refs, dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)
    g.create_dataset("series_index", data=np.array([2, 4], "u1"))
    g.create_dataset("sweep_number", data=np.array([11, 12], "<u8"))

with new("sweep_number.nwb") as f:  # fixed ASCII strings in 1-element arrays, timestamps, IZeroClampSeries
    response(f, "x", 0, sweep=3)
    stimulus(f, "y", 0, sweep=3)
    response(f, "w", 1, sweep=5, timestamps=2.0 + np.arange(N) / RATE)
    stimulus(f, "u", 1, sweep=5, timestamps=2.0 + np.arange(N) / RATE)
    response(f, "zero", 2, sweep=7, kind="IZeroClampSeries")
    for g in (f["acquisition/x"], f["stimulus/presentation/y"]):
        kind = g.attrs["neurodata_type"]
        del g.attrs["neurodata_type"]
        g.attrs.create("neurodata_type", np.array([kind.encode()], dtype="S40"))
        del g["data"].attrs["unit"]
        g["data"].attrs.create("unit", np.bytes_(b"volts" if g.name.endswith("x") else b"amperes"))

with new("start.nwb") as f:  # equal start and electrode; the stimulus of sweep 1 is shorter
    for k in (0, 1, 2):
        response(f, "r%d" % k, k, start=1.0 + k, electrode="electrode_0")
    stimulus(f, "sc", 2, start=3.0)
    stimulus(f, "sb", 1, start=2.0, data=i_of(1)[:70] * 1e-12)
    stimulus(f, "sa", 0, start=1.0)

with new("name.nwb") as f:  # nothing but names, all starts 0; data of the stimulus behind a soft link
    for k in (0, 1):
        response(f, "CurrentClampSeries_%02d" % k, k)
        stimulus(f, "CurrentClampStimulusSeries_%02d" % k, k)
    f["general/elsewhere"] = f["stimulus/presentation/CurrentClampStimulusSeries_01/data"]
    del f["stimulus/presentation/CurrentClampStimulusSeries_01/data"]
    f["stimulus/presentation/CurrentClampStimulusSeries_01/data"] = h5py.SoftLink("/general/elsewhere")

with new("bad_unpaired.nwb") as f:
    for k in (0, 1):
        response(f, "up%d" % k, k)
        stimulus(f, "down_%d" % (5 + k), k)

with new("bad_no_stimulus.nwb") as f:
    response(f, "r", 0, sweep=0)

with new("bad_voltage_clamp.nwb") as f:
    series(f, "acquisition", "vc", "VoltageClampSeries", i_of(0) * 1e-12, "amperes", sweep=0)
    series(f, "stimulus/presentation", "vs", "VoltageClampStimulusSeries", v_of(0) * 1e-3, "volts", sweep=0)

with new("bad_external_link.nwb") as f:
    response(f, "r", 0, sweep=0)
    stimulus(f, "s", 0, sweep=0)
    del f["acquisition/r/data"]
    f["acquisition/r/data"] = h5py.ExternalLink("/etc/passwd", "/data")

with new("bad_filter.nwb") as f:
    response(f, "r", 0, sweep=0, chunks=(32,), compression="lzf")
    stimulus(f, "s", 0, sweep=0)

with new("bad_irregular.nwb") as f:
    response(f, "r", 0, sweep=0, timestamps=np.arange(N) / RATE + 2e-5 * (np.arange(N) == 40))
    stimulus(f, "s", 0, sweep=0)

with new("bad_two_stimuli.nwb") as f:
    response(f, "r", 0, sweep=4)
    stimulus(f, "s", 0, sweep=4)
    stimulus(f, "t", 1, sweep=4)

with new("bad_bomb.nwb") as f:  # 200 million samples claimed, none stored
    response(f, "r", 0, sweep=0)
    stimulus(f, "s", 0, sweep=0)
    del f["acquisition/r/data"]
    d = f["acquisition/r"].create_dataset("data", shape=(200000000,), dtype="f4", chunks=(1000000,), compression="gzip")
    d.attrs["unit"] = "volts"

with new("bad_range.nwb") as f:
    response(f, "r", 0)
    stimulus(f, "s", 0)
    recordings_table(f, [((10, N, "stimulus/presentation/s"), (0, N, "acquisition/r"))])

with new("bad_unit.nwb") as f:
    response(f, "r", 0, sweep=0, unit="amperes")
    stimulus(f, "s", 0, sweep=0)

with h5py.File(os.path.join(HERE, "bad_nwb1.nwb"), "w") as f:
    f["nwb_version"] = "NWB-1.0.6"
    f.create_group("acquisition/timeseries")

with h5py.File(os.path.join(HERE, "bad_not_nwb.h5"), "w") as f:
    f["x"] = np.arange(3)
