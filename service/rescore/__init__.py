"""Rescoring: a file, a data set or a query of comments through the pipeline, and what a new model or policy changed.

    input -> source (Arrow rows) -> pipeline (the service's own) -> results (columns) -> parts on disk -> output

Needs the extra `civility[rescore]`. The package alone imports nothing of it: `service.rescore.command` does, on demand.
"""
