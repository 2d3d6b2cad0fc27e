"""The durability promise at full length: `make durability`, or `python -m tests.durability [sqlite|postgres|power]`."""
