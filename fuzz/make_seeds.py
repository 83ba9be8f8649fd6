#!/usr/bin/env python3
"""Write the seeds of the text, array and wave parsers (standard library only; the same bytes every time).

Usage: python3 fuzz/make_seeds.py   (from the repository's root). Seeds of ABF are copies of tests/data/abf.
"""
import hashlib
import io
import json
import math
import os
import zipfile
import shutil
import struct
import tarfile
import zipfile

ROOT = os.path.dirname(os.path.abspath(__file__))


def write(path, data):
    path = os.path.join(ROOT, "seeds", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def checked(head, at, end):
    """Put the checksum of Igor's header at `at`."""
    total = sum(struct.unpack_from("<%dH" % (end // 2), head))
    struct.pack_into("<H", head, at, -total & 0xFFFF)
    return bytes(head)


def ibw2(unit, kind, fmt):
    head = bytearray(126)
    struct.pack_into("<hi", head, 0, 2, 126 - 16 + 20)
    struct.pack_into("<h", head, 16, kind)
    head[22:27] = b"wave7"
    head[50:50 + len(unit)] = unit
    head[54:55] = b"s"
    struct.pack_into("<i", head, 58, 10)
    struct.pack_into("<d", head, 64, 1e-4)
    return checked(head, 14, 126) + struct.pack("<10" + fmt, *range(-60, -70, -1))


def ibw5(unit, kind, fmt, columns):
    head = bytearray(384)
    rows = 12
    struct.pack_into("<h", head, 0, 5)
    struct.pack_into("<i", head, 64 + 12, rows * columns)
    struct.pack_into("<h", head, 64 + 16, kind)
    head[64 + 28:64 + 33] = b"wave5"
    struct.pack_into("<iiii", head, 64 + 68, rows, columns if columns > 1 else 0, 0, 0)
    struct.pack_into("<d", head, 64 + 84, 2.5e-4)
    head[64 + 148:64 + 148 + len(unit)] = unit
    head[64 + 152:64 + 153] = b"s"
    return checked(head, 2, 384) + struct.pack("<%d%s" % (rows * columns, fmt), *range(rows * columns))


def npy(descr, shape, data, version=1):
    text = "{'descr': %s, 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    prefix = 10 if version == 1 else 12
    text += " " * (-(len(text) + 1 + prefix) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + data


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def journal():
    """A sweep of words, whole numbers, numbers and arrays of two; the point 2 failed."""
    header = ('{"schema": "loligo-journal/1", "fingerprint": "' + 8 * "01234567" + '", "name": "screen", "what": "doses",'
              ' "n_points": 70, "columns": [{"name": "drug", "type": "word"}, {"name": "n", "type": "integer"},'
              ' {"name": "dose_uM", "type": "number"}], "n_array": 2, "array_name": "f_I", "array_axis_name": "i_pA",'
              ' "array_axis": [0, 1.5], "csv": true, "sqlite": true, "hdf5": false, "comments": "# seed: 1\\n",'
              ' "provenance": "{}"}').encode()
    data = b"LGSWEEP1" + struct.pack("<II", len(header), crc32c(header)) + header
    for first, n in ((0, 4), (64, 2)):
        rows = b""
        for k in range(n):
            word, failed = b"TTX, %d" % k, k == 2
            row = bytes([failed, len(word)]) + word + struct.pack("<qdff", k - 1, 0.1 * k, k, -k)
            row += bytes([4]) + b"none" if failed else b""
            rows += struct.pack("<I", len(row)) + row
        record = b"LGRB" + struct.pack("<IQI", len(rows), first, n) + rows
        data += record + struct.pack("<I", crc32c(record))
    return data


def surrogate():
    """Two networks of the layout "peak" and three training profiles."""
    tensors = [("target.mean", "F64", (4,)), ("target.sd", "F64", (4,)), ("sd.floor", "F64", (4,)),
               ("sd.scale", "F64", (4,)), ("spread.most", "F64", (4,)), ("known.reach", "F64", (1,)),
               ("known.scale", "F32", (3,)), ("known.packed", "U8", (3, 153))]
    for k, (n, m) in enumerate(((1, 32), (32, 32), (32, 4))):
        tensors += [("dense.%d.weight" % k, "F32", (2, n, m)), ("dense.%d.bias" % k, "F32", (2, m))]
    header, data = {"__metadata__": {"schema": "loligo-axon-surrogate/1", "layout": "peak",
                                     "axon": "rows=19 seed=1 EA=480000"}}, b""
    for name, kind, shape in tensors:
        count = 1
        for n in shape:
            count *= n
        piece = struct.pack("<%d%s" % (count, {"F64": "d", "F32": "f", "U8": "B"}[kind]),
                            *(k * 37 % 251 if kind == "U8" else (k % 7 + 1) / 16 for k in range(count)))
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text.encode() + data


def profiles():
    """Columns, rows, numbers, arrays and an archive; HDF5 seeds were written by loligo (README.md)."""
    write("axon_profiles/columns.csv", "# by hand\nt_s,a,\"b, c\"\n0,0,0.01\n0.001,0.02,0.03\n0.002,0.05,-0.1\n0.003,0.04,0\n")
    write("axon_profiles/columns_ms.csv", "\xef\xbb\xbfTime (ms);p1;p2\r\n5;0;0\r\n6;1e-2;0.3\r\n\r\n7;0.02;.4\r\n8;0.02;.4\r\n")
    write("axon_profiles/rows.csv", "name,x_mm,y_mm,z_mm,fibre_x,fibre_y,fibre_z,impact,0,1,2,3\n"
          "s1-v0,1,2,3,1,0,0,s1,0,0.1,0.2,0.1\ns1-v1,4,5,6,0,1,0,s1,0,0.1,0.2,0.1\ns2-v1,4,5,6,0,1,0,s2,0,0.1,0.2,0.1\n")
    write("axon_profiles/rows_s.csv", "voxel\t0s\t0.001s\t0.002 s\na\t0\t0.1\t0.2\nb\t0.1\t0\t0\n")
    write("axon_profiles/numbers.csv", "0,0.1,0.2\n0,0.1,nan\n0,0.1,5\n")
    rows = [math.sin(0.1 * k) * 0.1 for k in range(12)]
    matrix = npy("'<f8'", "(3, 4)", struct.pack("<12d", *rows))
    write("axon_profiles/matrix.npy", matrix)
    fields = "[('t_s', '<f8'), ('a', '<f4'), ('b', '<f8')]"
    write("axon_profiles/fields.npy", npy(fields, "(4,)", b"".join(struct.pack("<dfd", k * 1e-3, k * 0.01, -k * 0.02) for k in range(4))))
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        block = io.BytesIO()
        with zipfile.ZipFile(block, "w", method) as z:
            for member, data in (("strain.npy", matrix), ("t_s.npy", npy("'<f8'", "(4,)", struct.pack("<4d", 0, 1e-3, 2e-3, 3e-3)))):
                z.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data, method)
        write("axon_profiles/%s.npz" % name, block.getvalue())
    write("axon_rotation/velocity.csv", "t_s,wx,wy,wz_rad_s,ax,ay,az_rad_s2\n" + "".join("%g,%g,%g,0,1,2,3\n" % (k * 1e-3, k, -k) for k in range(9)))
    write("axon_rotation/acceleration.csv", "Time (ms);alpha_x;alpha_y;alpha_z\n0;0;1;2\n1;100;2;1e3\n2;3;4;5\n3;3;4;5\n")
    write("axon_rotation/bare.csv", "0,1,2,3\n0.001,2,3,4\n0.002,3,4,5\n")
    write("axon_rotation/degrees.csv", "t,x (deg/s),y (deg/s),z (deg/s)\n0,1,2,3\n0.0005,90,3,4\n0.001,3,4,5\n")
    write("axon_rotation/places.csv", "name,x_mm,y_mm,z_mm,fx,fy,fz\nfornix,10,20,30,1,0,0\nmiddle,0,0,0,1,1,1\n")
    write("axon_rotation/places_m.csv", "x_m;y_m;z_m\n0.01;0.02;-0.03\n")


def study_history():
    """Two rows of an audit, chained."""
    events, before = [], "0" * 64
    for k, action in enumerate(("study.create", "study.lock"), 1):
        row = {"id": k, "at_ms": 5, "user": 1, "by": "ada", "peer": None, "action": action, "object": "study 1",
               "detail": "{}", "before": before}
        text = "".join("n\n" if x is None else "i%d\n" % x if isinstance(x, int) else "t%d:%s\n" % (len(x), x)
                       for x in row.values())
        before = hashlib.sha256(text.encode()).hexdigest()
        events.append(dict(row, hash=before))
    return json.dumps({"events": events}).encode()


def study():
    """An exported study with one job: manifest, a file, a lock and a signature, in pax where the path is long."""
    path = "files/01-job-7/output/" + "long-" * 20 + "name.csv"
    content = b"t_ms,v_mV\n0,-70\n"
    manifest = json.dumps({"schema": "loligo-study/1", "study": 1, "revision": 1, "name": "S", "items": [
        {"number": 1, "kind": "job", "id": 7, "files": [{"role": "output", "name": "x", "path": path,
         "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}]}]}).encode()
    digest = hashlib.sha256(manifest).hexdigest()
    acts = []
    for act, by, words in (("lock", "ada", ""), ("sign", "rita", "I approve")):
        text = ('loligo-study/1 act\nstudy 1\nrevision 1\nact %s\nby "%s"\nrole reviewer\nat_ms 5\nwords "%s"\n'
                'manifest %s\n' % (act, by, words, digest))
        acts.append({"act": act, "revision": 1, "by": by, "role": "reviewer", "at_ms": 5, "words": words,
                     "manifest_sha256": digest, "sha256": hashlib.sha256(text.encode()).hexdigest()})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for name, data in (("manifest.json", manifest), (path, content),
                           ("signatures.json", json.dumps({"acts": acts}).encode()), ("history.json", study_history()), ("README.txt", b"words\n")):
            m = tarfile.TarInfo("study-1-r1/" + name)
            m.size = len(data)
            t.addfile(m, io.BytesIO(data))
    data = out.getvalue().rstrip(b"\0")  # tarfile pads to 20 blocks: two are enough
    return data + bytes(-len(data) % 512 + 1024)


def main():
    profiles()
    write("journal/words.lgj", journal())
    write("swc/written.swc", "\xef\xbb\xbf# id type x y z r parent\r\n1,1,0,0,0,5,-1\r\n2, 3, 8, 0, 0, 1, 1\r\n3 3 2e1 0 0 5e-1 2 # tip\r\n"
          "4 3 20 0 0 .7 3 9 9\r5 3 20 9 0 0 4\n6 2 -8 0 0 1 1\n7 2 -8 0 0 2 6\n8 2 -30 0 1 .1 7\n9 2 -30 0 1 .1 8\n")
    write("swc/two_trees.swc", "1 1 0 0 0 5 -1\n2 1 1 0 0 5 1\n3 1 -1 0 0 5 1\n4 3 9 0 0 1 2\n7 3 50 0 0 1 99\n8 3 60 0 0 1 7\n")
    write("swc/cycle.swc", "1 1 0 0 0 5 -1\n2 3 8 0 0 1 4\n3 3 8 0 0 1 2\n4 3 8 0 1 1 3\n")
    write("ibw/v2.ibw", ibw2(b"mV", 16, "h"))
    write("ibw/v2_double.ibw", ibw2(b"A", 4, "d"))
    write("ibw/v5.ibw", ibw5(b"V", 2, "f", 1))
    write("ibw/v5_matrix.ibw", ibw5(b"pA", 4, "d", 3))
    rows = "".join("%g,%g,%g,%d\n" % (k % 20 * 0.1, 10 * (5 <= k % 20 < 15), -65 + k % 7, k // 20) for k in range(40))
    write("csv/recording.csv", "# program: x\nt_ms,i_pA,v_mV,sweep\n" + rows)
    write("csv/spikes.csv", "population,cell,t_ms\nexc,3,1.5\ninh,0,2\nexc,7,3\n")
    write("csv/trace.csv", "t_ms,v_mV_soma,u_pA\n0,-65,nan\n0.1,-64.5,inf\n0.2,-64,1e-300\n")
    write("csv/words.csv", '\xef\xbb\xbfname;"t_ms";v_mV\r\n"a;b";0;-65\r\n\r\n"c";0.1;\r\n')
    write("csv/results.csv", 'compound,dose_uM,verdict\n"a, b",1,silenced\nc,10,mixed\n')
    fields = "[('t_ms', '<f8'), ('i_pA', '<f4'), ('v_mV', '>f8'), ('sweep', '|u1')]"
    data = b"".join(struct.pack("<d", k * 0.1) + struct.pack("<f", k) + struct.pack(">d", -65 + k) + bytes([k // 5])
                    for k in range(10))
    write("npy/fields.npy", npy(fields, "(10,)", data))
    write("npy/matrix.npy", npy("'<i4'", "(3, 4)", struct.pack("<12i", *range(12)), 2))
    write("npy/scalar.npy", npy("'<f8'", "()", struct.pack("<d", 1.5), 3))
    matrix = npy("'<f4'", "(3, 40)", struct.pack("<120f", *[k % 7 for k in range(120)]))
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        image = io.BytesIO()
        with zipfile.ZipFile(image, "w", method) as archive:
            for member, data in (("strain.npy", matrix), ("y.npy", npy("'<f8'", "(2,)", struct.pack("<2d", 1, 2)))):
                archive.writestr(zipfile.ZipInfo(member), data, method)
        write("npz/%s.npz" % name, image.getvalue())
    with open(os.path.join(ROOT, "seeds/json/model.json")) as model:
        write("model/izhikevich.json", model.read())
    write("model/klowkhigh.json", '{"model": "izhikevich", "variant": "klowkhigh", "parameters": {"C": 300, "klow": 0.5,'
          ' "khigh": 3.3, "vr": -61.8, "vt": -57, "vpeak": 22.6, "a": 0.001, "b": 3, "c": -65.8, "d": 5, "Ishift": -45},'
          ' "initial": {"v": -60}}')
    write("model/tm.json", '{"model": "tm", "parameters": {"C": 100, "gNa": 5600, "gK": 600, "gL": 2.05, "gM": 7.5},'
          ' "modifiers": {"gNa_scale": 0.5, "gGABA_nS": 2, "EGABA_mV": -70, "na_state_block": {"kon_per_uM_ms": 0.1,'
          ' "K_inactivated_uM": 10, "K_rest_uM": 100, "dose_uM": 5}}}')
    write("model/hh52.json", '{"model": "hh52", "parameters": {"C": 1, "gNa": 120, "gK": 36, "gL": 0.3}}')
    write("model/twin.json", '{"schema": "loligo-twin/1", "model": "izhikevich", "variant": "std", "parameters": {"C":'
          ' {"value": 100, "unit": "pF", "sd": 1, "ci95": [98, 102]}, "k": {"value": 0.7, "unit": "nS/mV", "sd": null}},'
          ' "fit": {"chi2_per_sample": 1.01, "accepted": true, "stage": "refined"}, "domain": "green", "reasons": []}')
    write("protocol/segments.json", '{"duration_ms": 600, "sample_ms": 0.25, "segments": [{"type": "const", "t0_ms": 50,'
          ' "t1_ms": 550, "amp_pA": 82.5}, {"type": "ramp", "t0_ms": 0, "t1_ms": 50, "from_pA": 0, "to_pA": 1e2}, {"type":'
          ' "chirp", "t0_ms": 100, "t1_ms": 300, "mean_pA": 0, "amp_pA": 20, "f0_Hz": 1, "f1_Hz": 100}, {"type": "hold",'
          ' "t0_ms": 300, "t1_ms": 310, "dt_ms": 5, "values_pA": [1, 2]}, {"type": "ou", "t0_ms": 400, "t1_ms": 500,'
          ' "mean_pA": 50, "sd_pA": 10, "tau_ms": 3, "seed": 7}]}')
    abf = os.path.join(ROOT, "..", "tests", "data", "abf")
    for name in sorted(os.listdir(abf)):
        folder = {".abf": "abf", ".atf": "atf"}.get(name[-4:])
        if folder:
            os.makedirs(os.path.join(ROOT, "seeds", folder), exist_ok=True)
            shutil.copyfile(os.path.join(abf, name), os.path.join(ROOT, "seeds", folder, name))
    shutil.copyfile(os.path.join(abf, "holding.abf"), os.path.join(ROOT, "seeds", "atf", "holding.abf"))

    # drugs: an excerpt of our own table, and every other form
    with open(os.path.join(ROOT, "..", "data", "drugs.csv")) as table:
        lines = [line for line in table if not line.startswith("#")]
    wanted = ("tetrodotoxin", "carbamazepine", "retigabine", "diazepam", "memantine", "baclofen", "insulin")
    write("drugs/table.csv", lines[0] + "".join(line for line in lines[1:] if line.split(",")[0] in wanted))
    write("drugs/long.csv", "id,name,channel,pIC50,hill,saturation,spread,extra\nc1,alpha,Nav1.6,6,1,0,0.1,x\n"
          "c1,alpha,Kv7.2/7.3,5.5,1.2,20,,\nc2,\"beta, \"\"b\"\"\",hERG,5,1,150,,\n")
    write("drugs/sheet.csv", "Compound;hERG IC50 (nM);hERG Hill;INa IC50 [\u00b5M];INaL pIC50;Cmax_uM\n"
          "one;51,5;0,93;2,9;5,74;0,033\ntwo;> 30000;;NA;<4;\n")
    write("drugs/two_rows.csv", ",hERG,,,Nav1.5-late,,\nCompound,pIC50,Hill,Saturation,pIC50,Hill,Saturation\n"
          "one,7.29,0.93,0,5.74,1.4,20\n")
    write("drugs/parameters.csv", "drug,param,value\nbepridil,ICaL_IC50,2808\nbepridil,ICaL_h,0.6486\n"
          "bepridil,IK1_IC50,NA\n")
    write("drugs/units.tsv", "name\tchannel\tIC50\tunits\na\tNav1.6\t3.8\tnM\nb\tScn8a\t1\tmM\n")
    write("drugs/block.csv", "drug,conc,units,channel,block,pacing\n" + "".join(
        "b,%g,nM,hERG,%g,NA\n" % (c, 100 / (1 + 50 / c)) for c in (5, 20, 100, 800)))
    write("drugs/two_pacings.csv", "drug,conc_nM,channel,block,pacing,pacing\na,1,hERG,5,1,1\n")
    write("drugs/doses", "0.1:100uM:10log,1:10uM:5lin,2nM,0")
    write("axon_net/peak.safetensors", surrogate())
    write("study/signed.tar", study())


if __name__ == "__main__":
    main()
