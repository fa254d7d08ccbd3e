"""How figures are printed: each beside the baseline that was measured in the same run."""


def print_table(title: str, milliseconds: dict[str, float], baseline: str) -> None:
    """Print what each way took, and how many times the baseline that is."""
    print(title)
    width = max(map(len, milliseconds))
    for name, taken in milliseconds.items():
        print(f"  {name:<{width}} {taken:9.2f} ms  {taken / milliseconds[baseline]:6.2f} x")
