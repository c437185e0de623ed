"""``lensym evaluate``."""

from __future__ import annotations

from typing import Any

from lensym.cli.common import Options, Parser, Steps, Verb, print_table


def _arguments(parser: Parser) -> None:
    parser.add_argument("model", type=str, help="name of packaged weights or a model folder")
    parser.add_argument("data", type=str, help="folder of a data set")
    parser.add_argument("--out", type=str, required=True, help="new folder for metrics.json, report.html, figures")
    parser.add_argument("--split", type=str, default="test", help="split to test on")
    parser.add_argument("--trained-on", type=str, default=None, help="data set of the training, to look for leaks in")
    parser.add_argument("--control", type=str, default=None, help="second model for the audit (default cnn)")


def _run(options: Options) -> int:
    from lensym.apply.assess import evaluate
    from lensym.evaluation.wording import percent, percent_range

    with Steps() as steps:
        results = evaluate(
            options.model,
            options.data,
            options.out,
            options.split,
            options.control,
            options.seed,
            options.device,
            report=steps.begin,
            progress=steps.count,
            trained_on=options.trained_on,
        )
    if "task" in results:
        return _say_task(results, options.out)
    rows = _called_rows(results) if "called" in results else _rows(results)
    print_table([f"n = {results['n']}", results["model"]["name"], "95 % interval"], [*rows, *_audit_rows(results)])
    if "called_substructure" in results:
        rate, interval = results["called_substructure"], results["called_substructure_ci"]
        print(f"called substructure: {percent(rate)} ({percent_range(interval)})")
    for flag in results["flags"]:
        print(f"note: {flag}")
    print(f"report: {options.out}/report.html")
    return 0


def _say_task(results: dict[str, Any], out: str) -> int:
    """The figures of a task that is not a classification."""
    from lensym.apply.assess_anomaly import anomaly_rows
    from lensym.apply.assess_regression import regression_rows

    rows = regression_rows(results) if "column" in results else anomaly_rows(results)
    print_table([f"n = {results['n']}", results.get("column", results["task"]), "95 % interval"], rows)
    for flag in results["flags"]:
        print(f"note: {flag}")
    print(f"report: {out}/report.html")
    return 0


def _rows(results: dict[str, Any]) -> list[list[str]]:
    baseline = results["baseline"]
    return [
        _figure("macro AUC", results["macro_auc"], results["macro_auc_ci"]),
        *(_figure(f"AUC {name}", value, results["auc_ci"][name]) for name, value in results["auc"].items()),
        _figure("accuracy", results["accuracy"], results["accuracy_ci"]),
        ["expected calibration error", f"{results['ece']:.4f}", ""],
        _figure("macro AUC of the radial profile alone", baseline["macro_auc"], baseline["macro_auc_ci"]),
        ["lead over that", f"{baseline['difference']:+.4f}", _range(baseline["difference_ci"], "+.4f")],
        *(
            _figure(f"macro AUC of the {name} alone", found["macro_auc"], found["macro_auc_ci"])
            for name, found in results["shortcuts"].items()
        ),
    ]


def _called_rows(results: dict[str, Any]) -> list[list[str]]:
    """Of images of one class: how many were called each class."""
    (truth,) = results["counts"]
    return [
        _figure(f"{truth} called {name}", value, results["called_ci"][name])
        for name, value in results["called"].items()
    ]


def _audit_rows(results: dict[str, Any]) -> list[list[str]]:
    return [
        [f"change of the logits under {entry['group']}, {entry['network']}", f"{entry['worst']:.1e}", ""]
        for entry in results["audit"]["group"]
    ]


def _figure(name: str, value: float, interval: list[float]) -> list[str]:
    return [name, f"{value:.4f}", _range(interval, ".4f")]


def _range(interval: list[float], digits: str) -> str:
    return f"{interval[0]:{digits}} to {interval[1]:{digits}}"


VERB = Verb("evaluate", "Test a model on a data set and write a report.", _arguments, _run)
