"""Dark images of figures, made from the light ones.

Light and dark are exchanged, so anything Matplotlib draws will do. Pictures
(``imshow``) stay as they are, and so do the axes of ``pcolormesh``, ``contourf`` and
color bars, together with all that is drawn there.
"""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox

# Background and text of the theme's dark pages, as red, green and blue.
DARK_PAPER = np.array([0x13, 0x14, 0x16]) / 255
DARK_INK = np.array([0xCF, 0xD0, 0xD0]) / 255
# How bright red, green and blue look.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def darken(image: np.ndarray, figure: Figure) -> np.ndarray:
    """Exchange light and dark, and keep hues and what stands for numbers.

    Parameters
    ----------
    image : np.ndarray of float, shape (height, width, 3)
        The figure as it was saved, values from 0 to 1.
    figure : Figure
        Tells where the image is to be kept.

    Returns
    -------
    np.ndarray of float, shape (height, width, 3)
    """
    gray = (image @ LUMINANCE)[:, :, np.newaxis]
    # Linear in the pixels, so smooth edges stay smooth. White becomes the paper, black
    # the ink, and a color keeps its distance from the gray of its brightness.
    dark = (DARK_INK + gray * (DARK_PAPER - DARK_INK) + image - gray).clip(0, 1)
    height, width, _ = image.shape
    for artist in figure.findobj(_shows_numbers):
        box = artist.axes.bbox
        if isinstance(artist, AxesImage):
            box = Bbox.intersection(box, artist.get_window_extent())
        # Fractions of the figure, counted from below; rows are counted from above.
        box = box.transformed(figure.transFigure.inverted())
        rows = slice(round((1 - box.y1) * height), round((1 - box.y0) * height))
        columns = slice(round(box.x0 * width), round(box.x1 * width))
        dark[rows, columns] = image[rows, columns]
    return dark


def _shows_numbers(artist: Artist) -> bool:
    return isinstance(artist, AxesImage | QuadMesh) or (
        isinstance(artist, ContourSet) and artist.filled
    )
