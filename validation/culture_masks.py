"""Cells found by loligo culture segment beside published or true masks.

usage: culture_masks.py LOLIGO DIR [--method unet|watershed] [--net NET.safetensors]

DIR holds NAME_movie.tif with NAME_masks.tif (all cells), and NAME.tif with NAME_partial_masks.tif (some of the cells:
what else is found cannot be judged, so only their recall and IoU are printed).
"""
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image


def labels(path):
    return np.array(Image.open(path)).astype(np.int64)


def best(found, truth):
    """Best IoU of every true cell; how many were found, how many are true."""
    a, b = found.max() + 1, truth.max() + 1
    both = np.bincount((truth * a + found).ravel(), minlength=a * b).reshape(b, a)
    area, area_found = both.sum(1), both.sum(0)
    iou = both / (area[:, None] + area_found[None] - both + 1e-9)
    there = area[1:] > 0
    return iou[1:, 1:].max(1, initial=0)[there], int((area_found[1:] > 0).sum()), int(there.sum())


def main():
    loligo, folder, more = sys.argv[1], sys.argv[2], sys.argv[3:]
    work = tempfile.mkdtemp()
    recalls = []
    for masks in sorted(glob.glob(os.path.join(folder, "*_masks.tif"))):
        partial = masks.endswith("_partial_masks.tif")
        image = masks.replace("_partial_masks.tif", ".tif") if partial else masks.replace("_masks.tif", "_movie.tif")
        if not os.path.exists(image):
            continue
        out = os.path.join(work, "masks.tif")
        if os.path.exists(out):
            os.remove(out)
        subprocess.run([loligo, "culture", "segment", image, "-o", out, "--quiet"] + more, check=True)
        iou, n, n_true = best(labels(out), labels(masks))
        name = os.path.basename(image)
        print(f"{name:36s} {n:4d} cells, {n_true:4d} {'published' if partial else 'true'}: IoU {iou.mean():.3f}", end="")
        if partial:
            recalls.append((iou > 0.75).mean())
            print(f", above .75 {recalls[-1]:.3f}, above .9 {(iou > 0.9).mean():.3f}")
        else:
            hits = [(iou > t).sum() for t in (0.5, 0.75, 0.9)]
            print(", AP " + " ".join(f"{h / (n + n_true - h):.3f}" for h in hits) + " at .5 .75 .9")
    if recalls:
        print(f"published cells above .75, mean of images {np.mean(recalls):.3f}, least {min(recalls):.3f}")


if __name__ == "__main__":
    main()
