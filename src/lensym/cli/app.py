"""``lensym app``."""

from __future__ import annotations

from importlib.util import find_spec

from lensym.cli.common import Options, Parser, Verb
from lensym.errors import UsageError


def _arguments(parser: Parser) -> None:
    parser.add_argument("--port", type=int, default=7860, help="of 127.0.0.1; 0: any that is free")
    parser.add_argument("--browser", action="store_true", help="open the page in a browser")
    parser.add_argument("--anomaly-model", type=str, default=None, help="model that says how strange an image is")
    parser.add_argument("--mass-model", type=str, default=None, help="model that estimates an axion's mass")


def _run(options: Options) -> int:
    if find_spec("gradio") is None:
        raise UsageError("the package gradio for the page", "none", "pip install 'lensym[app]'")
    from lensym.app.serve import serve

    serve(options.port, options.browser, options.anomaly_model, options.mass_model)
    return 0


VERB = Verb("app", "Open the web page: classify a file, simulate images; for this machine alone.", _arguments, _run)
