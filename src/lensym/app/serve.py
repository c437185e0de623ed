"""The page, served to this machine alone."""

from __future__ import annotations

import os

HOST = "127.0.0.1"

_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
"""Settings without which Gradio, or what it brings along, would ask other computers."""


def serve(port: int, open_browser: bool, anomaly: str | None = None, mass: str | None = None) -> None:
    """Serve the page until Ctrl-C; port 0 takes a free one.

    Raises
    ------
    LensymError
        If ``anomaly`` or ``mass``, models of those tasks, are none.
    """
    os.environ.update(_QUIET)  # before Gradio is imported
    from lensym.app.networks import load_beside
    from lensym.app.page import LARGEST_UPLOAD, build, theme
    from lensym.app.style import STYLE

    page = build(load_beside(anomaly, mass)).queue(default_concurrency_limit=2, max_size=64)
    page.launch(
        server_name=HOST,
        server_port=port or None,
        share=False,
        inbrowser=open_browser,
        quiet=True,
        show_error=False,
        max_file_size=LARGEST_UPLOAD,
        prevent_thread_lock=True,
        theme=theme(),
        css=STYLE,
        footer_links=[],
        enable_monitoring=False,
    )
    print(f"the page is at {page.local_url} (Ctrl-C ends it)", flush=True)
    page.block_thread()
