"""The scoring engine: admission, queue, worker, async front."""
