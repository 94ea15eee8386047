"""Own lexicons as TOML, compiled into one automaton over folded text."""
