"""Rescoring on a Ray cluster: the input is read and the output written by the driver's machine, rows are judged anywhere.

    driver's node                    workers, one model each             driver
    reader (one task) --chunks-->    Judge, Judge, ... --outputs-->      parts, as the local engine writes them

Ray Data moves the chunks, keeps their order and holds the reader back while the workers are busy. The nodes need neither
the input nor the output. Needs the extra `civility[ray]`; nothing here is imported without `--engine ray`.
"""
