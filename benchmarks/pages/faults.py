"""Tables of what faults cost."""

from __future__ import annotations

from pages.markdown import Measured, Tables, table

KINDS = {
    "kills": "SIGKILL at a random moment",
    "writes": "the *n*-th write fails, for every *n*",
    "limits": "the system refuses a file of more than so many bytes",
    "read_only": "a folder that must not be written to, in the middle of the work",
}
COMMANDS = ("simulate", "import", "train", "predict")


def faults(measured: Measured) -> str:
    """Of each fault and command how many results were those without a fault."""
    found = measured["faults"]
    rows = [[words, *(_share(found[kind].get(name)) for name in COMMANDS)] for kind, words in KINDS.items()]
    return table(["fault, then the command again", *(f"`{name}`" for name in COMMANDS)], rows)


def _share(counts: dict[str, int] | None) -> str:
    """Those that ended with a clean refusal and, given again, with the same bytes."""
    return f"{min(counts['clean'], counts['equal'])} of {counts['faults']}" if counts else ""


def flips(measured: Measured) -> str:
    """Of each file how many flipped bits were noticed."""
    rows = [
        [f"`{file}`", *(f"{counts[what]} of {counts['flips']}" for what in ("named", "refused"))]
        for file, counts in measured["faults"]["flips"].items()
    ]
    return table(["a flipped bit in", "named by `info --verify`", "refused by every command that reads it"], rows)


def hostile(measured: Measured) -> str:
    """Of each kind of file how many were refused as they must be."""
    found = measured["hostile"]
    rows = [[kind, str(count), str(found["refused"][kind])] for kind, count in found["files"].items()]
    rows.append(["all", str(sum(found["files"].values())), str(sum(found["refused"].values()))])
    return table(["hostile files", "given", "refused in one line, within 2 s and 200 MiB, nothing run or left"], rows)


def mutations(measured: Measured) -> str:
    """Of each kind of mutated files how many were refused."""
    found = measured["mutations"]
    rows = [
        [kind, f"{n:,}".replace(",", " "), f"{found['refused'][kind] / n:.1%}"] for kind, n in found["files"].items()
    ]
    return table(["files", "mutations", "refused"], rows)


TABLES: Tables = {f.__name__: f for f in (faults, flips, hostile, mutations)}
"""Every table by its name."""
