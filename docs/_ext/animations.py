"""The gallery's animations, saved as WebP for light and for dark pages.

A figure that a ``FuncAnimation`` of the script moves is shown as its last frame, and
the reader may set it in motion, or go to any frame::

    animation = FuncAnimation(fig, update, frames=60, interval=120)
"""

from pathlib import Path

import numpy as np
from darken import darken
from matplotlib.animation import AbstractMovieWriter, Animation
from matplotlib.figure import Figure
from PIL import Image

PAUSE = 1000  # milliseconds that the last frame of an animation stays


class Frames(AbstractMovieWriter):
    """Keeps what an animation draws, as images of floats."""

    def setup(self, fig: Figure, outfile: str, dpi: float | None = None) -> None:
        super().setup(fig, outfile, dpi)
        self.images: list[np.ndarray] = []

    def grab_frame(self, **savefig_kwargs: object) -> None:
        self.fig.canvas.draw()
        self.images.append(np.asarray(self.fig.canvas.buffer_rgba())[:, :, :3] / 255)

    def finish(self) -> None:
        """Leave the images to who asked for them."""


def save_animation(
    figure: Figure, variables: dict[str, object], light: Path, dark: Path
) -> bool:
    """Save the animation of a figure, if there is one, and leave its last frame.

    The moving picture keeps every line as it is; a single frame, of which a reader may
    look at many, is smaller.

    Parameters
    ----------
    figure : Figure
        May be what an animation draws on.
    variables : dict
        The script's globals: one may be that animation.
    light, dark : Path
        Where to save, without the suffix.

    Returns
    -------
    bool
        Whether there is an animation.
    """
    for animation in variables.values():
        if isinstance(animation, Animation) and animation._fig is figure:
            writer = Frames()
            # Found once, the layout stays: a frame takes less time, and none jumps.
            figure.canvas.draw()
            figure.set_layout_engine("none")
            animation.save(f"{light}.webp", writer=writer, dpi=figure.dpi)
            duration = [animation.event_source.interval] * (len(writer.images) - 1)
            duration.append(PAUSE)
            for path, images in (
                (light, writer.images),
                (dark, [darken(image, figure) for image in writer.images]),
            ):
                frames = [
                    Image.fromarray((255 * image).round().astype(np.uint8))
                    for image in images
                ]
                for k, frame in enumerate(frames):
                    frame.save(f"{path}_frame{k}.webp", quality=60, method=6)
                first, *others = frames
                first.save(
                    f"{path}.webp",
                    save_all=True,
                    append_images=others,
                    duration=duration,
                    loop=0,
                    lossless=True,
                    method=6,
                )
            return True
    return False
