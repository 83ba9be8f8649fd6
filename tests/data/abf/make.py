#!/usr/bin/env python3
"""Write the small ABF files of this folder: one for each trap of the format that no shipped recording shows.

Usage: python3 tests/data/abf/make.py   (standard library only; the same bytes every time)
Layouts after Molecular Devices' "ABF user guide" and the headers of its file support pack.
"""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
N = 640  # samples per sweep: 1/64 of it is 10


def put(block, offset, fmt, *values):
    struct.pack_into("<" + fmt, block, offset, *values)


class Abf2:
    """Version 2: 512-byte blocks; a table of sections (block, entry size, number) from byte 76 on."""

    TABLE = {"protocol": 0, "adc": 1, "dac": 2, "epoch": 5, "strings": 9, "data": 10, "synch": 15}

    def __init__(self, mode=5, dt_us=100.0, sweeps=3, is_float=False):
        self.mode, self.dt_us, self.sweeps, self.is_float = mode, dt_us, sweeps, is_float
        self.words, self.adcs, self.dacs, self.epochs, self.synch = [], [], [], [], []

    def word(self, text):
        self.words.append(text.encode("latin-1"))
        return len(self.words)

    def adc(self, name, unit, volts_per_unit, physical=0, telegraph=None, offset=0.0):
        e = bytearray(128)
        put(e, 0, "h", physical)
        if telegraph:  # (instrument, additional gain, mode)
            put(e, 2, "hhf", 1, telegraph[0], telegraph[1])
            put(e, 18, "h", telegraph[2])
        put(e, 28, "f", 1.0)  # programmable gain
        put(e, 40, "f", volts_per_unit)
        put(e, 44, "f", offset)
        put(e, 48, "f", 1.0)  # signal gain
        put(e, 74, "II", self.word(name), self.word(unit))
        self.adcs.append((e, volts_per_unit * (telegraph[1] if telegraph else 1.0), offset))

    def dac(self, name, unit, holding=0.0, enabled=1, source=1, file="", scale=1.0, offset=0.0, keep=0):
        e = bytearray(256)
        put(e, 0, "h", len(self.dacs))
        put(e, 12, "f", holding)
        put(e, 24, "II", self.word(name), self.word(unit))
        put(e, 40, "hhhff", enabled, source, keep, scale, offset)
        put(e, 118, "I", self.word(file))
        self.dacs.append(e)

    def epoch(self, dac, kind, level, increment, duration, duration_increment=0, period=0, width=0):
        e = bytearray(48)
        put(e, 0, "hhhffiiii", len(self.epochs), dac, kind, level, increment, duration, duration_increment, period, width)
        self.epochs.append(e)

    def write(self, path, values):
        """values[k]: the samples of channel k, all sweeps one after another, in the channel's unit."""
        protocol = bytearray(512)
        put(protocol, 0, "hf", self.mode, self.dt_us)
        put(protocol, 110, "ffii", 10.0, 10.0, 32768, 32768)  # range in volts, resolution in steps
        n = len(values[0])
        data = bytearray()
        for k in range(n):
            for (_, per_unit, offset), v in zip(self.adcs, values):
                data += struct.pack("<f", v[k]) if self.is_float else struct.pack(
                    "<h", max(-32768, min(32767, round((v[k] - offset) * per_unit * 3276.8))))
        strings = bytearray(44) + b"\0".join(self.words) + b"\0"
        strings[0:4] = b"SSCH"
        file = bytearray(512)
        file[0:4] = b"ABF2"
        put(file, 4, "BBBB", 0, 0, 6, 2)
        put(file, 12, "I", self.sweeps)
        put(file, 30, "h", int(self.is_float))
        sections = {"protocol": ([protocol], 512), "adc": ([a[0] for a in self.adcs], 128), "dac": (self.dacs, 256),
                    "epoch": (self.epochs, 48), "strings": ([strings], len(strings)),
                    "data": ([data], 4 if self.is_float else 2),
                    "synch": ([struct.pack("<ii", *s) for s in self.synch], 8)}
        for name, (parts, entry) in sections.items():
            if not parts:
                continue
            count = n * len(self.adcs) if name == "data" else len(parts)
            put(file, 76 + 16 * self.TABLE[name], "IIq", len(file) // 512, entry, count)
            for part in parts:
                file += part
            file += bytes(-len(file) % 512)
        with open(os.path.join(HERE, path), "wb") as out:
            out.write(file)


def write_abf1(path, version, values, sweeps, per_unit, units, names, dac_unit, holding, epochs, mode=5):
    """Version 1: fixed offsets; 2048 bytes up to 1.5 (one waveform), 6144 from 1.6 on (two)."""
    extended = version > 1.59
    file = bytearray(6144 if extended else 2048)
    file[0:4] = b"ABF "
    n, channels = len(values[0]), len(values)
    put(file, 4, "fh", version, mode)
    put(file, 10, "i", n * channels)
    put(file, 16, "i", sweeps)
    put(file, 40, "i", len(file) // 512)
    put(file, 100, "h", 0)
    put(file, 120, "hf", channels, 100.0 / channels)  # microseconds per value, all channels
    put(file, 244, "ff", 10.0, 10.0)
    put(file, 252, "ii", 32768, 32768)
    for k in range(16):
        put(file, 410 + 2 * k, "h", k)
        put(file, 730 + 4 * k, "f", 1.0)
        put(file, 922 + 4 * k, "f", per_unit[k] if k < channels else 1.0)
        put(file, 1050 + 4 * k, "f", 1.0)
    for k in range(channels):
        file[442 + 10 * k:452 + 10 * k] = names[k].encode().ljust(10)
        file[602 + 8 * k:610 + 8 * k] = units[k].encode().ljust(8)
    for k in range(4):
        file[1306 + 10 * k:1316 + 10 * k] = b"Cmd %d     " % k
        file[1346 + 8 * k:1354 + 8 * k] = dac_unit.encode().ljust(8)
        put(file, 1394 + 4 * k, "f", holding)
    if extended:
        put(file, 2296, "hhhhh", 1, 0, 1, 0, 0)
        for k, (kind, level, increment, duration, more) in enumerate(epochs):
            put(file, 2308 + 2 * k, "h", kind)
            put(file, 2348 + 4 * k, "f", level)
            put(file, 2428 + 4 * k, "f", increment)
            put(file, 2508 + 4 * k, "i", duration)
            put(file, 2588 + 4 * k, "i", more)
    else:
        put(file, 1438, "hhh", 1, 0, 0)
        for k, (kind, level, increment, duration, more) in enumerate(epochs):
            put(file, 1444 + 2 * k, "h", kind)
            put(file, 1464 + 4 * k, "f", level)
            put(file, 1504 + 4 * k, "f", increment)
            put(file, 1544 + 2 * k, "h", duration)
            put(file, 1564 + 2 * k, "h", more)
    for k in range(n):
        for c in range(channels):
            file += struct.pack("<h", round(values[c][k] * per_unit[c] * 3276.8))
    with open(os.path.join(HERE, path), "wb") as out:
        out.write(file)


def cell(sweeps, n=N):
    """A made-up potential: rest, a charging step, one spike per sweep from the second sweep on."""
    v = []
    for s in range(sweeps):
        for k in range(n):
            x = -65.0 + (4.0 * s * (1 - 0.99 ** (k - 110)) if 110 <= k < 410 else 0.0)
            v.append(30.0 - 10.0 * abs(k - 200) if s >= 1 and abs(k - 200) < 8 else x)
    return v


def steps(sweeps, hold, level, increment, n=N):
    return [level + increment * s if 110 <= k < 410 else hold for s in range(sweeps) for k in range(n)]


def main():
    f = Abf2()  # steps of 20, 45, 70 pA from 100 samples behind 1/64 on, with 20 pA of holding current
    f.adc("IN 0", "mV", 0.01)
    f.dac("Cmd 0", "pA", holding=20.0)
    f.epoch(0, 1, 20.0, 0.0, 100)
    f.epoch(0, 1, 20.0, 25.0, 300)
    f.write("holding.abf", [cell(3)])

    f = Abf2(is_float=True)  # current measured in nA, command in mV (of unknown scale), float data
    f.adc("Imemb", "nA", 1.0, physical=0)
    f.adc("Vm", "mV", 0.01, physical=1)
    f.dac("Cmd 0", "mV", holding=0.0)
    f.epoch(0, 1, 0.0, 0.0, 100)
    f.epoch(0, 1, 1.0, 2.5, 300)
    f.write("float_nA.abf", [[x * 1e-3 for x in steps(3, 0.0, 10.0, 25.0)], cell(3)])

    f = Abf2(mode=3, sweeps=0)  # gap-free: one piece, whatever the number of sweeps; holding current only
    f.adc("IN 0", "mV", 0.01)
    f.dac("Cmd 0", "pA", holding=-15.0)
    f.write("gap_free.abf", [cell(3)])

    f = Abf2(mode=1, sweeps=3)  # events of variable length, told by the synch array
    f.adc("IN 0", "mV", 0.01)
    f.dac("Cmd 0", "pA")
    f.synch = [(0, 500), (1000, 800), (2500, 620)]
    f.write("events.abf", [cell(3)])

    f = Abf2()  # a MultiClamp in current clamp tells a gain of 5
    f.adc("_Ipatch", "mV", 0.01, telegraph=(24, 5.0, 1))
    f.dac("Cmd 0", "pA")
    f.epoch(0, 1, 0.0, 50.0, 300)
    f.write("telegraph.abf", [cell(3)])

    f = Abf2()  # voltage clamp, told by units and holding potential
    f.adc("IN 0", "pA", 0.0005)
    f.dac("Cmd 0", "mV", holding=-70.0)
    f.epoch(0, 1, -70.0, 10.0, 300)
    f.write("voltage_clamp.abf", [steps(3, -50.0, 200.0, 100.0)])

    f = Abf2()  # voltage clamp, told by the amplifier, with a potential beside it
    f.adc("IN 0", "pA", 0.0005, physical=0, telegraph=(24, 1.0, 0))
    f.adc("IN 1", "mV", 0.01, physical=1)
    f.dac("Cmd 0", "mV", holding=0.0)
    f.write("voltage_clamp_telegraph.abf", [steps(3, -50.0, 200.0, 100.0), cell(3)])

    for name in ("stimulus.atf", "gone.atf"):  # the command comes from a file, which is there or not
        f = Abf2()
        f.adc("IN 0", "mV", 0.01)
        f.dac("Cmd 0", "pA", source=2, file="C:\\protocols\\" + name, scale=2.0, offset=1.0)
        f.write("file_" + name[:-4] + ".abf", [cell(3)])
    with open(os.path.join(HERE, "stimulus.atf"), "w", newline="") as out:
        out.write("ATF\t1.0\r\n1\t4\r\nSweepStartTimesMS=0,1000,2000\r\n\"Time (s)\"\t\"a\"\t\"b\"\t\"c\"\r\n")
        for k in range(N):
            inside = 110 <= k < 410
            out.write("\t".join("%g" % x for x in [k * 1e-4] + [10.0 * s if inside else 0.0 for s in (1, 2, 3)]) + "\r\n")

    epochs = [(1, 0.0, 0.0, 100, 0), (1, 10.0, 25.0, 300, 0)]
    write_abf1("abf1.abf", 1.65, [cell(3)], 3, [0.01], ["mV"], ["Vm"], "pA", 0.0, epochs)
    write_abf1("abf1_old.abf", 1.3, [cell(3)], 3, [0.01], ["mV"], ["Vm"], "nA", 0.0,
               [(1, 0.0, 0.0, 100, 0), (1, 0.01, 0.025, 300, 0)])
    write_abf1("abf1_measured.abf", 1.83, [steps(3, 0.0, 10.0, 25.0), cell(3)], 3, [0.01, 0.01], ["pA", "mV"],
               ["Imemb", "Vm"], "mV", 0.0, [(1, 0.0, 0.0, 100, 0), (1, 1.0, 2.5, 300, 0)])


if __name__ == "__main__":
    main()
