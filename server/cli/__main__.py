"""`python -m server.cli`: the same as the `rongtong` command."""

from server.cli.main import main

main()
