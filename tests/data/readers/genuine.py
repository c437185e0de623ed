"""Write object arrays as one numpy version does: python genuine.py FOLDER, under each version in turn.

The files of several versions are kept in object_arrays.tar.xz, as genuine files for the reader's tests.
"""

import pickle
import sys
from pathlib import Path

import numpy as np

DTYPES = ("<f8", "<f4", ">f8", "<i8", "<i4", "<u2", "|u1", "|b1")
PROTOCOLS = (2, 3, 4)


def image(dtype):
    """Eight rows and five columns of all magnitudes."""
    return (np.arange(40).reshape(8, 5) ** 2 % 251).astype(dtype)


def arrays(dtype):
    """Each form that was met, by name, as lists of elements."""
    pixels = image(dtype)
    return {
        "mass": [pixels, 1.25e-23],
        "numpy_mass": [pixels, np.float64(1.25e-23)],
        "order": [np.asfortranarray(pixels), np.float32(3)],
        "rows": list(pixels),
        "flat": [*pixels.ravel().tolist(), 2],
        "label": [pixels.ravel(), "axion"],
        "numpy_label": [pixels[None], np.str_("no_sub")],
    }


def filled(elements):
    """An object array of the elements, whatever their shapes."""
    array = np.empty(len(elements), object)
    for i, element in enumerate(elements):
        array[i] = element
    return array


def write(path, array, protocol):
    """What ``np.save`` does, with any protocol."""
    with path.open("wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
        np.lib.format.write_array_header_1_0(file, header)
        pickle.dump(array, file, protocol=protocol)


def main():
    folder = Path(sys.argv[1]) / np.__version__
    folder.mkdir(parents=True)
    for dtype in DTYPES:
        for name, elements in arrays(dtype).items():
            array = filled(elements)
            stem = f"{name}-{dtype[1:]}{'-big' if dtype[0] == '>' else ''}"
            np.save(folder / f"{stem}-save.npy", array, allow_pickle=True)
            for protocol in PROTOCOLS:
                write(folder / f"{stem}-p{protocol}.npy", array, protocol)


if __name__ == "__main__":
    main()
