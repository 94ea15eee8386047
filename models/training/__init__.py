"""The embedded model's training pipeline: data, train, evaluate, calibrate, export.

Each stage is one short script with one config block and one documented command (see `models/training/README.md`).
Nothing here is imported by the service; it needs the `train` extra (torch, transformers, pyarrow, scikit-learn).
"""
