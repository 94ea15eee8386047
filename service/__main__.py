"""`python -m service` is the command `civility`."""

from service.cli import main

main()
