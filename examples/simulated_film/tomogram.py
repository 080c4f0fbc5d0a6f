"""Make a SYNTHETIC grey image of a label image, as a scanner might; nothing was scanned.

Active material is bright, the electrolyte grey, carbon with binder and pores dark; a blur of one
voxel and noise are added.

    python examples/simulated_film/tomogram.py film.vti tomogram.tif
"""

import sys

import numpy as np
import tifffile
from scipy.ndimage import gaussian_filter

from castline.images.readers import read_image

GREY = np.array([40.0, 200.0, 120.0, 40.0])  # pores, AM, SE, CBD
BLUR_VOXELS, NOISE, SEED = 1.0, 12.0, 3


def main(labels_path, grey_path):
    labels = read_image(labels_path).values
    grey = gaussian_filter(GREY[labels], BLUR_VOXELS)
    grey += np.random.default_rng(SEED).normal(0.0, NOISE, grey.shape)
    slices = grey.clip(0, 255).round().astype(np.uint8).transpose(2, 1, 0)
    tifffile.imwrite(grey_path, slices, compression="zlib")
    rows, columns = slices.shape[1:]
    print(f"{grey_path}: {len(slices)} slices of {columns} x {rows} pixels")


if __name__ == "__main__":
    main(*sys.argv[1:])
