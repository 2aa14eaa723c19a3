"""The `rongtong` command, one module for each family of its subcommands."""
