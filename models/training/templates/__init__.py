"""Own training and evaluation rows: frames and fillers written for this project, expanded with a fixed seed.

The text lives in the TOML files beside this module; `grammar.py` says how a frame becomes rows. Train and evaluation use
different frames and partly different fillers and identity terms, so that a figure measured on `build("eval", 0)` is not
memory. Warning: the frames hold abuse and hatred, because a classifier has to see what it must find.
"""

from models.training.templates.grammar import Row, Split, build

__all__ = ["Row", "Split", "build"]
