"""``lensym models``."""

from __future__ import annotations

from lensym.cli.common import Options, Parser, Verb, print_json, print_table


def _arguments(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def _run(options: Options) -> int:
    from dataclasses import asdict

    from lensym.models.registry import describe

    rows = describe()
    if options.json:
        print_json([asdict(row) for row in rows])
        return 0
    print_table(
        ["name", "group", "exact", "parameters", "GFLOP 64 px", "GFLOP 150 px", "reference"],
        [
            [
                r.name,
                r.group,
                "yes" if r.exact else "no",
                f"{r.parameters}",
                "refused" if r.gflop_64 is None else f"{r.gflop_64:.4f}",
                f"{r.gflop_150:.4f}",
                r.reference,
            ]
            for r in rows
        ],
    )
    return 0


VERB = Verb("models", "List the networks: group, parameters, cost, reference.", _arguments, _run)
